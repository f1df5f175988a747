// The timeline of a job, oldest first: each event with its time and the time before it.
/** @jsxImportSource hono/jsx */
import { formatDuration, type HistoryEntry } from '@phraseworks/sdk';
import { NotShown } from '../parts.tsx';
import { isOver, reasonText } from '../state.tsx';
import { shown } from '../text.ts';
import { between, Length, msOf, TimeOfDay } from '../time.tsx';
import type { Visit } from '../visit.ts';

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
  job_waiting: 'Waits for a signal (attempt not counted)',
  job_signalled: 'Signal came',
  job_requeued: 'Retried manually',
  job_replaced: 'Replaced by a later one of its key',
  job_limited: 'Its limit was closed (attempt not counted)',
};

/** A job can be postponed without limit. */
const SHOWN = 60;

export function Timeline({ visit, entries }: { visit: Visit; entries: readonly HistoryEntry[] }) {
  const left = Math.max(entries.length - SHOWN, 0);
  const newest = entries.slice(left);
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">History</h2>
      <NotShown n={left} one="earlier entry" many="earlier entries" />
      <ol class="timeline">
        {newest.map(({ event, at, attempt, status, by, reason }, i) => {
          const before = newest[i - 1]?.at;
          return (
            <li class={event === 'job_retry' ? 'failed' : status}>
              {EVENTS[event] ?? event}
              {event === 'job_started' ? `, attempt ${attempt}` : ''}
              {by === undefined ? '' : `, by ${shown(by, 100)}`}
              <small class="faint">
                <TimeOfDay at={at} date={before?.slice(0, 10) !== at.slice(0, 10)} />
                {before === undefined ? null : `, after ${formatDuration(between(before, at, 0))}`}
              </small>
              {reason === undefined || reason === status ? null : <small>{reasonText(reason)}</small>}
            </li>
          );
        })}
        <Now entry={newest.at(-1)} now={visit.now} />
      </ol>
    </section>
  );
}

/** What it does until its next event. */
function Now({ entry, now }: { entry: HistoryEntry | undefined; now: number }) {
  if (entry === undefined || isOver(entry.status)) return null;
  const goesOn =
    entry.status === 'processing' ? 'Running' : entry.event === 'job_retry' ? 'Waiting to retry' : 'Waiting';
  return (
    <li class="now" id="life-now">
      {goesOn} for <Length from={msOf(entry.at)} to={Math.max(now, msOf(entry.at))} />
    </li>
  );
}
