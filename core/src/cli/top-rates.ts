// How many jobs come to an end in a second, from the counts of the last looks. Pure.
import type { Counts } from './top-facts.ts';

/** Looks are compared over this time, in milliseconds, so that the figures stand still enough to be read. */
const OVER = 10_000;

const ENDS = ['completed', 'failed', 'cancelled'] as const;

/** Per second; null before there are two looks. */
export type Rates = Record<(typeof ENDS)[number], number> | null;

export interface Look {
  at: number;
  counts: Counts;
}

/** The looks that are still compared, with the newest one. */
export const withLook = (looks: readonly Look[], newest: Look): Look[] => [
  ...looks.filter(({ at }) => at >= newest.at - OVER),
  newest,
];

/** Jobs that were removed meanwhile take from a count: below zero it is not known, and 0 is shown. */
export function ratesOf(looks: readonly Look[]): Rates {
  const first = looks[0];
  const last = looks.at(-1);
  if (!first || !last || last.at <= first.at) return null;
  const seconds = (last.at - first.at) / 1_000;
  const rate = (state: (typeof ENDS)[number]): number =>
    Math.round(Math.max(last.counts[state] - first.counts[state], 0) / (seconds / 10)) / 10;
  return { completed: rate('completed'), failed: rate('failed'), cancelled: rate('cancelled') };
}
