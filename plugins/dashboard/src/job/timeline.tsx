// The timeline of a job, oldest first: each event with its time and the time before it.
/** @jsxImportSource hono/jsx */
import { formatDuration, type HistoryEntry } from '@phraseworks/sdk';
import { NotShown } from '../parts.tsx';
import { reasonText } from '../state.tsx';
import { shown } from '../text.ts';
import { Length, msOf, TimeOfDay } from '../time.tsx';
import type { Visit } from '../visit.ts';

/** `rest`: finished, until a user retried it. */
type StretchKind = 'wait' | 'retry' | 'run' | 'rest';

interface Stretch {
  kind: StretchKind;
  from: number;
  to: number;
  /** It has not ended. */
  open: boolean;
}

/** `entries` oldest first. The last stretch lasts until `now` unless the job has finished. */
function lifeOf(entries: readonly HistoryEntry[], now: number): Stretch[] {
  return entries.flatMap((entry, i): Stretch[] => {
    const next = entries[i + 1];
    const kind = kindAfter(entry);
    if (next === undefined && kind === 'rest') return [];
    const from = msOf(entry.at);
    const to = Math.max(next === undefined ? now : msOf(next.at), from);
    return [{ kind, from, to, open: next === undefined }];
  });
}

function kindAfter({ event, status }: HistoryEntry): StretchKind {
  if (status === 'pending' || status === 'blocked') return event === 'job_retry' ? 'retry' : 'wait';
  if (status === 'processing') return 'run';
  return 'rest';
}

const stretchText = {
  wait: (time: string) => `waited ${time}`,
  retry: (time: string) => `waited ${time} for the retry`,
  run: (time: string) => `ran ${time}`,
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
  job_released: 'Returned to queue (attempt not counted)',
  job_snoozed: 'Postponed (attempt not counted)',
  job_requeued: 'Retried manually',
  job_replaced: 'Replaced by a later one of its key',
  job_limited: 'Its limit was closed (attempt not counted)',
};

const GOES_ON = {
  wait: 'Waiting for',
  retry: 'Waiting to retry for',
  run: 'Running for',
  rest: 'Idle for',
};

/** A job can be postponed without limit. */
const SHOWN = 60;

export function Timeline({ visit, entries }: { visit: Visit; entries: readonly HistoryEntry[] }) {
  const left = Math.max(entries.length - SHOWN, 0);
  const newest = entries.slice(left);
  const life = lifeOf(newest, visit.now);
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">History</h2>
      <NotShown n={left} one="earlier entry" many="earlier entries" />
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
  /** The time before it. */
  stretch: Stretch | undefined;
}

function Entry({ entry, before, stretch }: EntryProps) {
  const { event, at, attempt, status, by, reason } = entry;
  return (
    <li class={event === 'job_retry' ? 'failed' : status}>
      <span class="event">
        {EVENTS[event] ?? event}
        {event === 'job_started' ? `, attempt ${attempt}` : ''}
        {by === undefined ? '' : `, by ${shown(by, 100)}`}
      </span>{' '}
      <span class="faint">
        <TimeOfDay at={at} date={before?.at.slice(0, 10) !== at.slice(0, 10)} />
        {stretch === undefined ? null : `, ${lengthOf(stretch, entry.duration)}`}
      </span>
      {reason === undefined || reason === status ? null : <small>{reasonText(reason)}</small>}
    </li>
  );
}

const lengthOf = ({ kind, from, to }: Stretch, duration: number | undefined): string =>
  stretchText[kind](formatDuration((kind === 'run' ? duration : undefined) ?? to - from));

function Now({ stretch }: { stretch: Stretch | undefined }) {
  if (!stretch?.open) return null;
  return (
    <li class="now" id="life-now">
      {GOES_ON[stretch.kind]} <Length from={stretch.from} to={stretch.to} />
    </li>
  );
}
