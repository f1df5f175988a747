// One measurement, and the median over its rounds.
import type { Figure } from './cases.ts';

export interface Measured {
  name: string;
  side: string;
  better: 'more' | 'less';
  figure: Figure & { durability?: string };
}

export const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);

export const median = (list: readonly number[]): number | undefined => sorted(list)[Math.floor(list.length / 2)];

/** All rounds of a case on a side; with `more` of that further figure. */
export const values = (measured: readonly Measured[], name: string, side: string, more?: string): number[] =>
  measured
    .filter((one) => one.name === name && one.side === side)
    .map(({ figure }) => (more === undefined ? figure.value : figure.more?.[more]))
    .filter((value) => value !== undefined);
