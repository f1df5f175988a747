// The attempts of a job, oldest first, with errors, stacks and logs; and the steps that it has done once.
/** @jsxImportSource hono/jsx */
import { type Attempt, formatDuration, type LogLine, type Receipt } from '@phraseworks/sdk';
import { NotShown, Table } from '../parts.tsx';
import { StateMark } from '../state.tsx';
import { number, shown } from '../text.ts';
import { between, Length, msOf, TimeOfDay, When } from '../time.tsx';
import type { Visit } from '../visit.ts';

const RECEIPT_STATES = { pending: 'in progress', done: 'done', uncertain: 'uncertain' };

const MOST_RECEIPTS = 100;

export function Receipts({ visit, receipts }: { visit: Visit; receipts: readonly Receipt[] }) {
  if (receipts.length === 0) return null;
  return (
    <details class="receipts" id="receipts" open={receipts.some(({ state }) => state !== 'done')}>
      <summary>
        <h2>Steps done once</h2> <span class="faint">{number(receipts.length)}</span>
      </summary>
      <p class="faint">A retry skips those that are done.</p>
      <Table
        rows={receipts.slice(0, MOST_RECEIPTS)}
        columns={[
          { label: 'Step', cell: ({ key }) => <code>{shown(key, 191)}</code> },
          { label: 'State', cell: ({ state }) => RECEIPT_STATES[state] },
          { label: 'Attempt', number: true, cell: ({ attempt }) => attempt },
          { label: 'When', cell: ({ at }) => <When at={at} now={visit.now} /> },
        ]}
      />
      <NotShown n={receipts.length - MOST_RECEIPTS} />
    </details>
  );
}

interface LinesByAttempt {
  /** One list for each attempt. */
  lines: LogLine[][];
  /** Lines of unknown attempts. */
  stray: LogLine[];
}

/** Both oldest first. */
export function byAttempt(attempts: readonly Attempt[], logs: readonly LogLine[]): LinesByAttempt {
  const lines: LogLine[][] = attempts.map(() => []);
  const stray: LogLine[] = [];
  for (const line of logs) {
    const at = attempts.findLastIndex(({ attempt, startedAt }) => attempt === line.attempt && startedAt <= line.at);
    (lines[at] ?? stray).push(line);
  }
  return { lines, stray };
}

/** A job can be postponed without limit. */
const SHOWN = 30;
const LINES = 200;
export const LONGEST_ERROR = 4_000;
const LONGEST_STACK = 20_000;

interface AttemptsProps {
  visit: Visit;
  attempts: readonly Attempt[];
  logs: readonly LogLine[];
  /** The error that the page shows above. */
  above: string | null;
}

export function Attempts({ visit, attempts, logs, above }: AttemptsProps) {
  if (attempts.length === 0 && logs.length === 0) return null;
  const left = Math.max(attempts.length - SHOWN, 0);
  const { lines, stray } = byAttempt(attempts, logs);
  const titles = titlesOf(attempts);
  return (
    <section aria-labelledby="attempts">
      <h2 id="attempts">Attempts</h2>
      <NotShown n={left} one="earlier attempt" />
      {attempts.slice(left).map((attempt, i, { length }) => (
        <One
          visit={visit}
          title={titles[left + i] ?? ''}
          attempt={i === length - 1 && attempt.error === above ? { ...attempt, error: null } : attempt}
          lines={lines[left + i] ?? []}
          open={i === length - 1}
        />
      ))}
      <Log lines={stray} />
    </section>
  );
}

/** Attempts count from 1 again after a retry by hand. */
export function titlesOf(attempts: readonly Attempt[]): string[] {
  let retries = 0;
  return attempts.map(({ attempt }, i) => {
    const before = attempts[i - 1]?.outcome ?? '';
    if (['completed', 'failed', 'cancelled'].includes(before)) retries += 1;
    return `Attempt ${attempt}${retries === 0 ? '' : `, retry ${retries}`}`;
  });
}

/** Those that are no state of a job. */
const OUTCOMES: Partial<Record<Attempt['outcome'], string>> = {
  retry: 'Failed, will retry',
  snoozed: 'Postponed',
  released: 'Returned to queue',
};

interface OneProps {
  visit: Visit;
  title: string;
  attempt: Attempt;
  lines: readonly LogLine[];
  open: boolean;
}

async function One({ visit, title, attempt: { outcome, error, stack, ...times }, lines, open }: OneProps) {
  await visit.rest();
  const { now } = visit;
  const { startedAt, finishedAt, duration, worker } = times;
  return (
    <details class="attempt" id={`attempt-${startedAt}`} open={open}>
      <summary>
        <h3>{title}</h3>
        <StateMark state={outcome === 'running' ? 'processing' : outcome} text={OUTCOMES[outcome]} />
        <span class="faint">
          {outcome === 'running' ? (
            <>
              for <Length from={msOf(startedAt)} to={now} />
            </>
          ) : (
            <>
              took {formatDuration(duration ?? between(startedAt, finishedAt, now))}, <When at={startedAt} now={now} />
            </>
          )}
        </span>
      </summary>
      <div>
        {error === null ? null : <pre class="error-box">{shown(error, LONGEST_ERROR)}</pre>}
        {stack === null || stack === error ? null : (
          <details class="stack" id={`stack-${startedAt}`}>
            <summary>Stack</summary>
            <pre>{shown(stack, LONGEST_STACK)}</pre>
          </details>
        )}
        <Log lines={lines} />
        {worker === null ? null : (
          <p class="faint">
            <small>
              Worker <code>{shown(worker, 100)}</code>
            </small>
          </p>
        )}
      </div>
    </details>
  );
}

function Log({ lines }: { lines: readonly LogLine[] }) {
  if (lines.length === 0) return null;
  const left = Math.max(lines.length - LINES, 0);
  return (
    <>
      <NotShown n={left} one="earlier line" />
      <ol class="log" aria-label="Log">
        {lines.slice(left).map(({ at, level, message }) => (
          <li class={level}>
            <TimeOfDay at={at} /> <b>{level}</b> {shown(message, 2_100)}
          </li>
        ))}
      </ol>
    </>
  );
}
