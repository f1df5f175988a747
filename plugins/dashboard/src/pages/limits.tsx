// The page of limits over all processes: what is used now, who waits, and the numbers, which administrators may change.
/** @jsxImportSource hono/jsx */

import { type FieldError, JobsError, type LimitChange, type LimitInfo } from '@phraseworks/sdk';
import { seeOther } from '../address.ts';
import type { Posted } from '../form/state.ts';
import { numberIn, textIn } from '../form/units.ts';
import type { Answer, Page } from '../layout.tsx';
import { Confirm, Empty, Facts, Head, linksTo, Table } from '../parts.tsx';
import { refusalOf } from '../refusal.ts';
import { count, number, shown } from '../text.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

export async function limitsPage(visit: Visit, sent?: SentChange): Promise<Page> {
  const limits = await visit.limits.list(visit.actor);
  return {
    title: 'Limits',
    follows: {},
    children: (
      <>
        <Head title="Limits" />
        <p class="faint">How many jobs may run or start, over all processes.</p>
        {limits.length === 0 ? (
          <Empty
            icon="limits"
            text="No limits. A type has one with the option `limit`, or shares one from the configuration or a plugin."
          />
        ) : (
          <div class="cards">
            {limits.map((limit) => (
              <Limit visit={visit} limit={limit} sent={sent?.name === limit.name ? sent : undefined} />
            ))}
          </div>
        )}
      </>
    ),
  };
}

interface LimitProps {
  visit: Visit;
  limit: LimitInfo;
  sent: SentChange | undefined;
}

function Limit({ visit, limit, sent }: LimitProps) {
  const { name, types, by, concurrency, rate, running, started, waiting, closedUntil, values, isChanged } = limit;
  const { to, now } = visit;
  const each = by === null ? '' : ` for each ${shown(by)}`;
  const use = (n: number, most: number | null) =>
    by === null && most !== null ? `${number(n)} of ${number(most)}` : number(n);
  return (
    <article class="card" id={`limit-${name}`} data-key={name} aria-label={name}>
      <header>
        <h2>{name}</h2>
        {isChanged ? <span class="faint">changed by an administrator</span> : null}
      </header>
      {closedUntil === null ? null : (
        <p class="note warn">
          A job closed it. It opens <When at={closedUntil} now={now} due />.
        </p>
      )}
      <Facts
        rows={[
          ['At once', concurrency === null ? null : `${number(concurrency)}${each}`],
          ['Rate', rate === null ? null : `${number(rate.n)} in ${textIn('milliseconds', rate.per)}${each}`],
          ['Running', use(running, concurrency)],
          ['Started', rate === null ? null : `${use(started, rate.n)} in the last ${textIn('milliseconds', rate.per)}`],
          ['Waiting', waiting === 0 ? 'none' : count(waiting, 'job')],
          [
            'Types',
            linksTo(
              types.map(({ type, waiting: waits }) => [
                waits === 0 || types.length === 1 ? type : `${type} (${number(waits)} waiting)`,
                to('/', { type }),
              ]),
            ) ?? 'none',
          ],
        ]}
      />
      {by === null || values.length === 0 ? null : <Values visit={visit} by={by} values={values} />}
      {visit.may.administer ? <Change visit={visit} limit={limit} sent={sent} /> : null}
    </article>
  );
}

interface ValuesProps {
  visit: Visit;
  by: string;
  values: LimitInfo['values'];
}

const Values = ({ visit: { now }, by, values }: ValuesProps) => (
  <Table
    caption={`Values of ${by} for which most jobs wait`}
    rows={values}
    keyOf={({ value }) => value}
    columns={[
      { label: by, names: true, cell: ({ value }) => shown(value, LONGEST_VALUE) },
      { label: 'Running', number: true, cell: ({ running }) => number(running) },
      { label: 'Waiting', number: true, cell: ({ waiting }) => number(waiting) },
      {
        label: 'Closed',
        cell: ({ closedUntil }) =>
          closedUntil === null ? <span class="faint">no</span> : <When at={closedUntil} now={now} due />,
      },
    ]}
  />
);

const LONGEST_VALUE = 60;

/** The form of a limit that could not be accepted as it was sent. */
interface SentChange {
  name: string;
  posted: Posted;
  errors: readonly FieldError[];
}

const LABELS: Record<string, string> = { concurrency: 'Jobs at once', n: 'Starts', per: 'in' };

function Change({ visit: { to }, limit, sent }: { visit: Visit; limit: LimitInfo; sent: SentChange | undefined }) {
  const { name, concurrency, rate, closedUntil, values, isChanged } = limit;
  const isClosed = closedUntil !== null || values.some((value) => value.closedUntil !== null);
  const stored = {
    concurrency: concurrency ?? '',
    n: rate?.n ?? '',
    per: rate ? textIn('milliseconds', rate.per) : '',
  };
  const post = (step: string, label: string) => (
    <form method="post" action={to('/limits', { name, step })} data-key={`${name}-${step}`}>
      <button type="submit">{label}</button>
    </form>
  );
  return (
    <div class="buttons">
      <Confirm name={`limit-${name}`} label="Change" open={sent !== undefined}>
        <form method="post" action={to('/limits', { name, step: 'change' })} class="short-form" novalidate>
          {Object.entries({ ...stored, ...sent?.posted }).map(([field, value]) => {
            const wrong = sent?.errors.filter(({ path }) => path.split('.').at(-1) === field) ?? [];
            return (
              <label class={field === 'concurrency' ? 'whole' : undefined}>
                {LABELS[field]}
                <input
                  name={field}
                  value={value}
                  inputmode={field === 'per' ? undefined : 'numeric'}
                  placeholder={field === 'per' ? '1 min' : undefined}
                  autocomplete="off"
                  aria-invalid={wrong.length > 0 ? 'true' : undefined}
                />
                {wrong.map(({ message }) => (
                  <small class="error">{message}</small>
                ))}
              </label>
            );
          })}
          <p class="faint">An empty number means no limit. It counts for every process at once.</p>
          <button type="submit">Change</button>
        </form>
      </Confirm>
      {isChanged ? post('reset', 'Reset') : null}
      {isClosed ? post('open', 'Open now') : null}
    </div>
  );
}

/** What is no number is NaN, which the service refuses. */
function readChange({ concurrency = '', n = '', per = '' }: Posted): LimitChange {
  return {
    concurrency: concurrency.trim() === '' ? null : Number(concurrency),
    rate: n.trim() === '' ? null : { n: Number(n), per: numberIn('milliseconds', per) ?? Number.NaN },
  };
}

export async function limitsPosted(visit: Visit, posted: Posted): Promise<Answer> {
  const { limits, actor, base, query } = visit;
  const { name = '', step = '' } = query;
  const act = async () => {
    if (step === 'change') return limits.change(actor, name, readChange(posted));
    if (step === 'open') return limits.change(actor, name, { closedUntil: null });
    if (step === 'reset') return limits.reset(actor, name);
    throw new JobsError('NOT_FOUND', 'Unknown action.');
  };
  const refused = await refusalOf(act());
  if (!refused) return seeOther(base, '/limits', { notice: 'limit.change' });
  const { code, errors, status } = refused;
  if (code !== 'INVALID_DATA') return seeOther(base, '/limits', { refused: code });
  return { ...(await limitsPage(visit, { name, posted, errors })), follows: undefined, status };
}
