// The page of limits over all processes: what is used now, who waits, and the numbers, which administrators may change.
/** @jsxImportSource hono/jsx */

import { JobsError, type LimitChange, type LimitInfo, parseDuration } from '@phraseworks/sdk';
import { seeOther } from '../address.ts';
import type { Posted } from '../form/state.ts';
import type { Answer, Page } from '../layout.tsx';
import { Confirm, Empty, Facts, Head, Table } from '../parts.tsx';
import { isRefusal } from '../refusal.ts';
import { count, number, shown } from '../text.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

export async function limitsPage(visit: Visit): Promise<Page> {
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
              <Limit visit={visit} limit={limit} />
            ))}
          </div>
        )}
      </>
    ),
  };
}

function Limit({ visit, limit }: { visit: Visit; limit: LimitInfo }) {
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
          ['Rate', rate === null ? null : `${number(rate.n)} in ${durationText(rate.per)}${each}`],
          ['Run now', use(running, concurrency)],
          ['Started', rate === null ? null : `${use(started, rate.n)} in the last ${durationText(rate.per)}`],
          ['Waiting', waiting === 0 ? 'none' : count(waiting, 'job')],
          [
            'Types',
            types.length === 0
              ? 'none'
              : types.map(({ type, waiting: waits }, i) => (
                  <>
                    {i === 0 ? '' : ', '}
                    <a href={to('/', { type })}>{type}</a>
                    {waits === 0 || types.length === 1 ? '' : ` (${number(waits)} waiting)`}
                  </>
                )),
          ],
        ]}
      />
      {by === null || values.length === 0 ? null : <Values visit={visit} by={by} values={values} />}
      {visit.may.administer ? <Change visit={visit} limit={limit} /> : null}
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
      { label: 'Run', number: true, cell: ({ running }) => number(running) },
      { label: 'Wait', number: true, cell: ({ waiting }) => number(waiting) },
      {
        label: 'Closed',
        cell: ({ closedUntil }) =>
          closedUntil === null ? <span class="faint">no</span> : <When at={closedUntil} now={now} due />,
      },
    ]}
  />
);

const LONGEST_VALUE = 60;

function Change({ visit: { to }, limit }: { visit: Visit; limit: LimitInfo }) {
  const { name, concurrency, rate, closedUntil, values, isChanged } = limit;
  const isClosed = closedUntil !== null || values.some((value) => value.closedUntil !== null);
  const post = (step: string, label: string) => (
    <form method="post" action={to('/limits', { name, step })} data-key={`${name}-${step}`}>
      <button type="submit">{label}</button>
    </form>
  );
  return (
    <div class="buttons">
      <Confirm name={`limit-${name}`} label="Change">
        <form method="post" action={to('/limits', { name, step: 'change' })} class="pause-form">
          <label class="whole">
            Jobs at once
            <input type="number" name="concurrency" min={1} max={1_000_000} value={concurrency ?? ''} />
          </label>
          <label>
            Starts
            <input type="number" name="n" min={1} max={1_000_000} value={rate?.n ?? ''} />
          </label>
          <label>
            in
            <input name="per" value={rate ? durationText(rate.per) : ''} placeholder="1 minute" autocomplete="off" />
          </label>
          <p class="faint">An empty number means no limit. It counts for every process at once.</p>
          <button type="submit">Change</button>
        </form>
      </Confirm>
      {isChanged ? post('reset', 'Reset') : null}
      {isClosed ? post('open', 'Open now') : null}
    </div>
  );
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** As it is typed: `1 minute`, `90 seconds`, `250 ms`. */
function durationText(ms: number): string {
  const [unit, length] = UNITS.find(([, one]) => ms % one === 0) ?? ['ms', 1];
  return length === 1 ? `${ms} ms` : count(ms / length, unit);
}

/** Milliseconds; NaN for anything else, which the service refuses. */
function readTime(text: string): number {
  const [, ms] = /^(\d{1,12}) ?ms$/.exec(text) ?? [];
  return ms === undefined ? (parseDuration(text) ?? Number.NaN) : Number(ms);
}

function readChange({ concurrency = '', n = '', per = '' }: Posted): LimitChange {
  return {
    concurrency: concurrency.trim() === '' ? null : Number(concurrency),
    rate: n.trim() === '' ? null : { n: Number(n), per: readTime(per.trim()) },
  };
}

export async function limitsPosted(visit: Visit, posted: Posted): Promise<Answer> {
  const { limits, actor, base, query } = visit;
  const { name = '', step = '' } = query;
  const act = () => {
    if (step === 'change') return limits.change(actor, name, readChange(posted));
    if (step === 'open') return limits.change(actor, name, { closedUntil: null });
    if (step === 'reset') return limits.reset(actor, name);
    throw new JobsError('NOT_FOUND', 'Unknown action.');
  };
  try {
    await act();
    return seeOther(base, '/limits', { notice: 'limit' });
  } catch (error) {
    if (isRefusal(error)) return seeOther(base, '/limits', { refused: error.code });
    throw error;
  }
}
