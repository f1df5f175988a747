// The figures as tables, with their range, and held against the bars.
import type { Figure } from './cases.ts';

export interface Measured {
  name: string;
  side: string;
  better: 'more' | 'less';
  figure: Figure;
}

/** Measured without a peer. */
export const ALONE = [
  { name: 'depth', script: 'depth.js', args: [] },
  { name: 'fan-out', script: 'fanout.js', args: [] },
  { name: 'start', script: 'startup.js', args: [] },
] as const;

const round = (n: number): string => (n >= 100 ? Math.round(n).toLocaleString('en') : n.toFixed(2));
const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);
const median = (list: readonly number[]): number => sorted(list)[Math.floor(list.length / 2)] as number;

/** Median (least to most) of each figure. */
const spread = (list: readonly number[]): string =>
  `${round(median(list))} (${round(sorted(list)[0] as number)} to ${round(sorted(list).at(-1) as number)})`;

const groups = (measured: readonly Measured[]): Map<string, Measured[]> => {
  const byKey = new Map<string, Measured[]>();
  for (const one of measured) {
    const key = `${one.name} | ${one.side}`;
    byKey.set(key, [...(byKey.get(key) ?? []), one]);
  }
  return byKey;
};

export function table(measured: readonly Measured[]): string[] {
  const rows = ['| case | side | median (range) | more |', '| --- | --- | --- | --- |'];
  for (const [key, list] of groups(measured)) {
    const unit = list[0]?.figure.unit ?? '';
    const names = Object.keys(list[0]?.figure.more ?? {});
    const more = names
      .map((name) => `${name} ${spread(list.map(({ figure }) => figure.more?.[name] ?? Number.NaN))}`)
      .join('; ');
    rows.push(`| ${key} | ${spread(list.map(({ figure }) => figure.value))} ${unit} | ${more} |`);
  }
  return rows;
}

/** What a change may not fall below: ours against plainjob in the same run. */
const BARS: Record<string, number> = { 'enqueue 1': 0.8, '100 in flight': 10, drain: 12, 'end to end': 12, pickup: 1 };

export function compare(measured: readonly Measured[]): string[] {
  const rows = ['| case | against plainjob | must | |', '| --- | --- | --- | --- |'];
  const of = (name: string, side: string) =>
    measured.filter((one) => one.name === name && one.side === side).map(({ figure }) => figure.value);
  for (const [name, must] of Object.entries(BARS)) {
    const ours = of(name, 'phraseworks');
    const theirs = of(name, 'plainjob');
    if (ours.length === 0 || theirs.length === 0) continue;
    const less = name === 'pickup';
    const ratio = median(ours) / median(theirs);
    const met = less ? ratio <= must : ratio >= must;
    rows.push(
      `| ${name} | ${ratio.toFixed(2)} x | ${less ? 'at most' : 'at least'} ${must} x | ${met ? 'met' : 'NOT MET'} |`,
    );
  }
  return rows;
}
