// The attempts of a job on a common axis, oldest first, with the steps that each has done once, its errors and its log.
/** @jsxImportSource hono/jsx */
import { type Attempt, formatDuration, type LogLine, type Receipt } from '@phraseworks/sdk';
import { roundMarks } from '@phraseworks/sdk/charts';
import type { Child } from 'hono/jsx';
import { jobPath } from '../address.ts';
import { NotShown } from '../parts.tsx';
import { StateMark } from '../state.tsx';
import { number, shown } from '../text.ts';
import { Length, markText, msOf, TimeOfDay, When } from '../time.tsx';
import type { Visit } from '../visit.ts';

/** A job can be postponed without limit. */
const SHOWN = 30;
const MOST_STEPS = 100;
const LINES = 20;
export const LONGEST_ERROR = 4_000;
const LONGEST_STACK = 20_000;

const RECEIPT_STATES = {
  pending: 'in progress',
  done: 'done',
  uncertain: 'uncertain',
  asleep: 'sleeps, goes on',
  waiting: 'waits for a signal',
  sent: 'signal came',
};

interface WaterfallProps {
  visit: Visit;
  job: string;
  attempts: readonly Attempt[];
  logs: readonly LogLine[];
  receipts: readonly Receipt[];
  /** The error that the page shows above. */
  above: string | null;
}

export function Waterfall({ visit, job, attempts, logs, receipts, above }: WaterfallProps) {
  if (attempts.length === 0) return null;
  const left = Math.max(attempts.length - SHOWN, 0);
  const titles = titlesOf(attempts);
  const lines = byAttempt(attempts, logs).parts;
  const steps = byAttempt(attempts, receipts).parts;
  const axis = axisOf(attempts.slice(left), visit.now);
  return (
    <section class="waterfall" aria-labelledby="attempts">
      <div class="lane">
        <h2 id="attempts">Attempts</h2>
        <Ruler axis={axis} />
      </div>
      <NotShown n={left} one="earlier attempt" />
      {attempts.slice(left).map((attempt, i) => {
        const at = left + i;
        const log = lines[at] ?? [];
        return (
          <>
            <One
              visit={visit}
              title={titles[at] ?? ''}
              attempt={attempt}
              before={attempts[at - 1]}
              axis={axis}
              open={at === attempts.length - 1}
              above={above}
            >
              <Log lines={log.slice(-LINES)} />
              {log.length > LINES ? (
                <a href={`${visit.to(jobPath(job), { tab: 'logs' })}#log-${attempt.startedAt}`}>
                  {`All ${number(log.length)} lines`}
                </a>
              ) : null}
            </One>
            <Steps steps={steps[at] ?? []} attempt={attempt} axis={axis} now={visit.now} />
          </>
        );
      })}
    </section>
  );
}

/** Both oldest first, as the lists of attempts and logs are; `stray`: of unknown attempts. */
export function byAttempt<T extends { attempt: number; at: string }>(
  attempts: readonly Attempt[],
  all: readonly T[],
): { parts: T[][]; stray: T[] } {
  const parts: T[][] = attempts.map(() => []);
  const stray: T[] = [];
  for (const one of all) {
    const at = attempts.findLastIndex(({ attempt, startedAt }) => attempt === one.attempt && startedAt <= one.at);
    (parts[at] ?? stray).push(one);
  }
  return { parts, stray };
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

interface Axis {
  from: number;
  length: number;
}

function axisOf(attempts: readonly Attempt[], now: number): Axis {
  const from = Math.min(...attempts.map(({ startedAt }) => msOf(startedAt)));
  const to = Math.max(...attempts.map(({ finishedAt }) => (finishedAt === null ? now : msOf(finishedAt))));
  return { from, length: Math.max(to - from, 1) };
}

const widthOf = ({ length }: Axis, ms: number): string => `${((100 * ms) / length).toFixed(2)}%`;
const placeOf = (axis: Axis, at: number): string => widthOf(axis, at - axis.from);
/** Round times, up to a share of the axis. */
const marksOf = ({ length }: Axis, share = 1): number[] =>
  [0, ...roundMarks(length, 'milliseconds')].filter((ms) => ms <= length * share);

/** The time since the first attempt began. */
const Ruler = ({ axis }: { axis: Axis }) => (
  <svg class="ruler" aria-hidden="true">
    {marksOf(axis, 0.97).map((ms) => (
      <text x={widthOf(axis, ms)} y="75%">
        {markText(ms)}
      </text>
    ))}
  </svg>
);

/** A picture of what the row says in words. */
const Track = ({ axis, children }: { axis: Axis; children: Child }) => (
  <svg class="track" aria-hidden="true">
    {marksOf(axis).map((ms) => (
      <line class="s-rule" x1={widthOf(axis, ms)} x2={widthOf(axis, ms)} y1="0" y2="100%" />
    ))}
    {children}
  </svg>
);

interface OneProps {
  visit: Visit;
  title: string;
  attempt: Attempt;
  before: Attempt | undefined;
  axis: Axis;
  /** It is the last one. */
  open: boolean;
  above: string | null;
  /** Its log. */
  children: Child;
}

async function One({ visit, title, attempt, before, axis, open, above, children }: OneProps) {
  await visit.rest();
  const { now } = visit;
  const { outcome, error, stack, startedAt, finishedAt, duration, worker } = attempt;
  const from = msOf(startedAt);
  const to = finishedAt === null ? now : msOf(finishedAt);
  const waitedFrom = before?.finishedAt ? msOf(before.finishedAt) : from;
  return (
    <details class="attempt" id={`attempt-${startedAt}`} open={open}>
      <summary class="lane">
        <span>
          <h3>{title}</h3> <Outcome outcome={outcome} />
        </span>
        <Track axis={axis}>
          {from > waitedFrom ? (
            <rect class="waited" x={placeOf(axis, waitedFrom)} width={widthOf(axis, from - waitedFrom)} y="10" />
          ) : null}
          <rect class={`ran ${outcome}`} x={placeOf(axis, from)} width={widthOf(axis, to - from)} y="5" rx="2" />
        </Track>
        <span class="number">
          {outcome === 'running' ? <Length from={from} to={now} /> : formatDuration(duration ?? to - from)}
        </span>
      </summary>
      <div>
        {error === null || (open && error === above) ? null : <Failure error={error} stack={stack} id={startedAt} />}
        {children}
        <p class="faint">
          <small>
            Began <When at={startedAt} now={now} />
            {worker === null ? null : (
              <>
                {' '}
                on <code>{shown(worker, 100)}</code>
              </>
            )}
          </small>
        </p>
      </div>
    </details>
  );
}

/** Those that are no state of a job. */
const OUTCOMES: Partial<Record<Attempt['outcome'], string>> = {
  retry: 'Failed',
  snoozed: 'Postponed',
  released: 'Returned',
};

export const Outcome = ({ outcome }: Pick<Attempt, 'outcome'>) => (
  <StateMark state={outcome === 'running' ? 'processing' : outcome} text={OUTCOMES[outcome]} />
);

/** An error with its stack, whose first lines may say the error again. */
export function Failure({ error, stack, id }: { error: string; stack: string | null; id: string }) {
  const again = stack === null ? -1 : stack.indexOf(error);
  const frames = stack === null ? '' : (again < 0 ? stack : stack.slice(again + error.length)).replace(/^\n+/, '');
  return (
    <section class="failure">
      <pre class="error-box">{shown(error, LONGEST_ERROR)}</pre>
      {frames.trim() === '' ? null : (
        <details class="stack" id={`stack-${id}`} open>
          <summary>Stack</summary>
          <pre>{shown(frames, LONGEST_STACK)}</pre>
        </details>
      )}
    </section>
  );
}

interface StepsProps {
  steps: readonly Receipt[];
  attempt: Attempt;
  axis: Axis;
  now: number;
}

/** Only the end of a step is known. */
function Steps({ steps, attempt, axis, now }: StepsProps) {
  if (steps.length === 0) return null;
  const began = msOf(attempt.startedAt);
  const inOrder = [...steps].sort((a, b) => a.at.localeCompare(b.at)).slice(0, MOST_STEPS);
  return (
    <>
      <ul class="steps" aria-label="Steps done once">
        {inOrder.map(({ key, state, at, until }) => (
          <li class="lane">
            <span>
              <code>{shown(key, 191)}</code>
              {state === 'done' && !until ? null : (
                <small>
                  {RECEIPT_STATES[state]}
                  {until && state === 'waiting' ? ', goes on ' : ' '}
                  {until ? <When at={until} now={now} due /> : null}
                </small>
              )}
            </span>
            <Track axis={axis}>
              <circle class={`step ${state}`} cx={placeOf(axis, msOf(at))} cy="50%" r="4" />
            </Track>
            <span class="number">{`+${formatDuration(Math.max(msOf(at) - began, 0))}`}</span>
          </li>
        ))}
      </ul>
      <NotShown n={steps.length - MOST_STEPS} one="step" />
    </>
  );
}

export function Log({ lines }: { lines: readonly LogLine[] }) {
  if (lines.length === 0) return null;
  return (
    <ol class="log" aria-label="Log">
      {lines.map(({ at, level, message }) => (
        <li class={level}>
          <TimeOfDay at={at} /> <b>{level}</b> {shown(message, 2_100)}
        </li>
      ))}
    </ol>
  );
}
