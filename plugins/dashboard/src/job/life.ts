// The life of a job as stretches of time: waited, ran, waited for the retry, was parked. Pure.
import type { HistoryEntry } from '@phraseworks/sdk';
import { msOf } from '../time.tsx';

/** `rest`: it was over, until a person put it back. */
export type StretchKind = 'wait' | 'retry' | 'run' | 'parked' | 'rest';

export interface Stretch {
  kind: StretchKind;
  from: number;
  to: number;
  /** It goes on now. */
  open: boolean;
  /** Of a run: which attempt, and how it ended. */
  attempt: number;
  ended: HistoryEntry['event'] | 'lost' | null;
}

/** `entries` oldest first; the last stretch goes on until `now`, unless the job is over. */
export function lifeOf(entries: readonly HistoryEntry[], now: number): Stretch[] {
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
  switch (status) {
    case 'pending':
      return event === 'job_retry' ? 'retry' : 'wait';
    case 'processing':
      return 'run';
    case 'parked':
      return 'parked';
    default:
      return 'rest';
  }
}

/** A run after which another one began without a word was lost with its process. */
function endOf(kind: StretchKind, next: HistoryEntry | undefined): Stretch['ended'] {
  if (kind !== 'run' || next === undefined) return null;
  return next.event === 'job_started' ? 'lost' : next.event;
}

export interface Span extends Stretch {
  x: number;
  width: number;
}

/** Places stretches beside each other on `size` units, to scale; the short ones get `least`, so that they can be seen. A rest is a gap of it. */
export function spansOf(stretches: readonly Stretch[], size: number, least: number): Span[] {
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

/** What the short ones take beyond their share, the others give, each by its length. */
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
