// The life of a job, oldest first: each event with its time and the duration before it; above it a bar to scale.
/** @jsxImportSource hono/jsx */
import { formatDuration, type HistoryEntry } from '@phraseworks/sdk';
import { parkedBecause, reasonText } from '../state.tsx';
import { exact, Length } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { count } from '../wording.ts';
import { lifeOf, type Span, type Stretch, spansOf } from './life.ts';
import { shown } from './shown.ts';

const stretchText = {
  wait: (time: string) => `waited ${time}`,
  retry: (time: string) => `waited ${time} for the retry`,
  run: (time: string) => `ran ${time}`,
  parked: (time: string) => `was parked ${time}`,
  rest: (time: string) => `idle ${time}`,
};

const EVENTS = {
  job_added: 'Added',
  job_started: 'Started',
  job_progress: 'Progress',
  job_completed: 'Completed',
  job_failed: 'Failed',
  job_retry: 'Failed, will retry',
  job_cancelled: 'Cancelled',
  job_parked: 'Parked',
  job_unparked: 'Back in the queue',
  job_released: 'Returned to queue (attempt not counted)',
  job_snoozed: 'Postponed (attempt not counted)',
  job_requeued: 'Retried manually',
};

const GOES_ON = {
  wait: 'Waiting for',
  retry: 'Waiting to retry for',
  run: 'Running for',
  parked: 'Parked for',
  rest: 'Idle for',
};

const SIZE = 1_000;
const LEAST = 6;

function LifeBar({ stretches }: { stretches: readonly Stretch[] }) {
  if (stretches.length === 0) return null;
  const inWords = ({ kind, from, to }: Stretch): string => stretchText[kind](formatDuration(to - from));
  return (
    <svg
      class="life"
      viewBox={`0 0 ${SIZE} 10`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Timeline: ${stretches.map(inWords).join(', ')}`}
    >
      {spansOf(stretches, SIZE, LEAST).map((span) => (
        <rect class={toneOf(span)} x={span.x} y={0} width={Math.max(span.width - 1, 0.5)} height={10}>
          <title>{inWords(span)}</title>
        </rect>
      ))}
    </svg>
  );
}

const ENDS: Partial<Record<NonNullable<Span['ended']>, string>> = {
  job_completed: 'completed',
  job_failed: 'failed',
  job_retry: 'failed',
  lost: 'failed',
};

const toneOf = ({ kind, ended }: Span): string =>
  kind === 'run' ? `run ${ended === null ? '' : (ENDS[ended] ?? '')}`.trim() : kind;

/** A job may be put off for ever, so the list has a limit. */
const SHOWN = 60;

export function Timeline({ visit, entries }: { visit: Visit; entries: readonly HistoryEntry[] }) {
  const left = Math.max(entries.length - SHOWN, 0);
  const newest = entries.slice(left);
  const life = lifeOf(newest, visit.now);
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      <LifeBar stretches={life} />
      {left === 0 ? null : <p class="faint">{`${count(left, 'earlier entry', 'earlier entries')} not shown.`}</p>}
      <ol class="timeline">
        {newest.map((entry, i) => (
          <Entry entry={entry} before={newest[i - 1]} stretch={life[i - 1]} />
        ))}
        <Now stretch={life.at(-1)} />
      </ol>
    </section>
  );
}

interface EntryProps {
  entry: HistoryEntry;
  before: HistoryEntry | undefined;
  /** What came before it. */
  stretch: Stretch | undefined;
}

function Entry({ entry, before, stretch }: EntryProps) {
  const { event, at, attempt, status, by, reason } = entry;
  const inWords = (code: string) => (event === 'job_parked' ? parkedBecause(code) : reasonText(code));
  return (
    <li class={status}>
      <span class="event">
        {EVENTS[event] ?? event}
        {event === 'job_started' ? `, attempt ${attempt}` : ''}
        {by === undefined ? '' : `, by ${shown(by, 100)}`}
      </span>{' '}
      <span class="faint">
        <time datetime={at} title={exact(at)}>
          {before?.at.slice(0, 10) === at.slice(0, 10)
            ? at.slice(11, 23)
            : `${at.slice(0, 10)} ${at.slice(11, 23)} UTC`}
        </time>
        {stretch === undefined ? null : `, ${lengthOf(stretch, entry.duration)}`}
      </span>
      {reason === undefined || reason === status ? null : <small>{inWords(reason)}</small>}
    </li>
  );
}

const lengthOf = ({ kind, from, to }: Stretch, duration: number | undefined): string =>
  stretchText[kind](formatDuration((kind === 'run' ? duration : undefined) ?? to - from));

/** What goes on now. */
function Now({ stretch }: { stretch: Stretch | undefined }) {
  if (!stretch?.open) return null;
  return (
    <li class="now" id="life-now">
      {GOES_ON[stretch.kind]} <Length from={stretch.from} to={stretch.to} />
    </li>
  );
}
