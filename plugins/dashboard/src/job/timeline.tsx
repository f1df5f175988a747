// The life of a job, oldest first: what happened, when, and how long the step before it lasted.
/** @jsxImportSource hono/jsx */
import { formatDuration, type HistoryEntry } from '@phraseworks/sdk';
import { parkedBecause } from '../state.tsx';
import { firstLine } from '../summary.ts';
import { msOf, relative } from '../time.tsx';

const WORDS: Record<HistoryEntry['event'], string> = {
  job_added: 'Added',
  job_started: 'Started',
  job_progress: 'Progress',
  job_completed: 'Completed',
  job_failed: 'Failed',
  job_retry: 'Failed, is tried again',
  job_cancelled: 'Cancelled',
  job_parked: 'Parked',
  job_unparked: 'Back in the queue',
  job_released: 'Put back, no attempt spent',
  job_snoozed: 'Put off, no attempt spent',
  job_requeued: 'Put back by a person',
};

export function Timeline({ entries, now }: { entries: readonly HistoryEntry[]; now: number }) {
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      <ol class="timeline">
        {entries.map((entry, i) => (
          <Entry entry={entry} before={entries[i - 1]} now={now} />
        ))}
      </ol>
    </section>
  );
}

function Entry({ entry, before, now }: { entry: HistoryEntry; before: HistoryEntry | undefined; now: number }) {
  const { event, at, attempt, status, error, by } = entry;
  const reason =
    entry.reason === undefined ? undefined : event === 'job_parked' ? parkedBecause(entry.reason) : entry.reason;
  const words = WORDS[event] ?? event;
  return (
    <li class={status}>
      <span class="event">
        {words}
        {event === 'job_started' ? `, attempt ${attempt}` : ''}
        {by === undefined ? '' : `, by ${by}`}
      </span>{' '}
      <span class="faint">
        <time datetime={at} title={relative(msOf(at), now)}>
          {isSameDay(before, entry) ? at.slice(11, 23) : `${at.slice(0, 10)} ${at.slice(11, 23)} UTC`}
        </time>
        {before === undefined ? null : `, ${stepOf(before, entry)}`}
      </span>
      {reason === undefined || reason === status ? null : <small>{reason.replaceAll('_', ' ')}</small>}
      {error === undefined ? null : <small class="error">{firstLine(error)}</small>}
    </li>
  );
}

const isSameDay = (before: HistoryEntry | undefined, { at }: HistoryEntry): boolean =>
  before?.at.slice(0, 10) === at.slice(0, 10);

/** `waited 8 ms`, `ran 41 ms`. */
function stepOf(before: HistoryEntry, { at, duration }: HistoryEntry): string {
  const ms = duration ?? Math.max(msOf(at) - msOf(before.at), 0);
  const verb = before.status === 'processing' ? 'ran' : before.status === 'pending' ? 'waited' : 'after';
  return `${verb} ${formatDuration(ms)}`;
}
