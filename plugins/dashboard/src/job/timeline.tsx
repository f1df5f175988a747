// The timeline of a job, oldest first: a bar to scale, and each event with its time and the time before it.
/** @jsxImportSource hono/jsx */
import { formatDuration, type HistoryEntry } from '@phraseworks/sdk';
import { parkedBecause, reasonText } from '../state.tsx';
import { count, shown } from '../text.ts';
import { Length, msOf, TimeOfDay } from '../time.tsx';
import type { Visit } from '../visit.ts';

/** `rest`: finished, until a user retried it. */
type StretchKind = 'wait' | 'retry' | 'run' | 'parked' | 'rest';

export interface Stretch {
  kind: StretchKind;
  from: number;
  to: number;
  /** It has not ended. */
  open: boolean;
  /** The attempt, and how a run ended. */
  attempt: number;
  ended: HistoryEntry['event'] | 'lost' | null;
}

/** `entries` oldest first. The last stretch lasts until `now` unless the job has finished. */
function lifeOf(entries: readonly HistoryEntry[], now: number): Stretch[] {
  return entries.flatMap((entry, i): Stretch[] => {
    const next = entries[i + 1];
    const kind = kindAfter(entry);
    if (next === undefined && kind === 'rest') return [];
    const from = msOf(entry.at);
    const to = Math.max(next === undefined ? now : msOf(next.at), from);
    return [{ kind, from, to, open: next === undefined, attempt: entry.attempt, ended: endOf(kind, next) }];
  });
}

function kindAfter({ event, status }: HistoryEntry): StretchKind {
  if (status === 'pending') return event === 'job_retry' ? 'retry' : 'wait';
  if (status === 'processing') return 'run';
  return status === 'parked' ? 'parked' : 'rest';
}

/** If the next event is another start, the run was lost with its process. */
function endOf(kind: StretchKind, next: HistoryEntry | undefined): Stretch['ended'] {
  if (kind !== 'run' || next === undefined) return null;
  return next.event === 'job_started' ? 'lost' : next.event;
}

interface Span extends Stretch {
  x: number;
  width: number;
}

/** Lays the stretches out to scale on `size` units. Short ones and rests get `least`, so that they stay visible. */
function spansOf(stretches: readonly Stretch[], size: number, least: number): Span[] {
  const lengths = stretches.map(({ kind, from, to }) => (kind === 'rest' ? 0 : to - from));
  const widths = widthsOf(lengths, size, Math.min(least, size / Math.max(stretches.length, 1)));
  let x = 0;
  return stretches.map((stretch, i) => {
    const width = widths[i] ?? 0;
    const span = { ...stretch, x: rounded(x), width: rounded(width) };
    x += width;
    return span;
  });
}

/** Longer stretches give up the space that short ones need, in proportion to their length. */
function widthsOf(lengths: readonly number[], size: number, least: number): number[] {
  const long = new Set(lengths.keys());
  for (;;) {
    const room = size - (lengths.length - long.size) * least;
    const total = [...long].reduce((sum, i) => sum + (lengths[i] ?? 0), 0);
    const short = [...long].filter((i) => total === 0 || ((lengths[i] ?? 0) * room) / total < least);
    if (short.length === 0 || short.length === long.size)
      return lengths.map((ms, i) => (long.has(i) ? (total === 0 ? room / long.size : (ms * room) / total) : least));
    for (const i of short) long.delete(i);
  }
}

const rounded = (n: number): number => Math.round(n * 100) / 100;

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

/** A job can be postponed without limit. */
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
  /** The time before it. */
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
        <TimeOfDay at={at} date={before?.at.slice(0, 10) !== at.slice(0, 10)} />
        {stretch === undefined ? null : `, ${lengthOf(stretch, entry.duration)}`}
      </span>
      {reason === undefined || reason === status ? null : <small>{inWords(reason)}</small>}
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
