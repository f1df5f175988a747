// The vertical axis of a chart: round numbers from zero up, and no higher than what usually happens. Pure.
import { type ChartData, heightsOf } from './chart.ts';

export interface Scale {
  top: number;
  /** Round numbers above zero up to `top`, lowest first. */
  marks: readonly number[];
  /** Some values are higher than `top`, and are drawn cut off. */
  isCut: boolean;
}

export type ScaleUnit = 'count' | 'milliseconds';

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

/** Times have round numbers of their own from a second on. */
const TIMES = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
];

const MOST_MARKS = 4;
/** From so many values on, one in twenty that is so many times as high as the others is cut off. */
const LEAST = 20;
const USUAL = 0.95;
const SPIKE = 5;

export function scaleOf(chart: ChartData, unit: ScaleUnit = 'count'): Scale {
  const heights = heightsOf(chart)
    .filter((height) => height > 0)
    .sort((a, b) => a - b);
  const highest = heights.at(-1) ?? 0;
  if (highest === 0) return { top: 0, marks: [], isCut: false };
  const usual = heights[Math.ceil(heights.length * USUAL) - 1] ?? highest;
  const isCut = heights.length >= LEAST && highest > SPIKE * usual;
  const shown = isCut ? usual : highest;
  const marks = roundMarks(shown, unit);
  return { top: marks.at(-1) ?? shown, marks, isCut };
}

/** The fewest round numbers above zero, the last of which is at least `highest`. */
export function roundMarks(highest: number, unit: ScaleUnit): number[] {
  const step = stepFor(highest / MOST_MARKS, unit);
  return Array.from({ length: Math.ceil(highest / step) }, (_, n) => (n + 1) * step);
}

/** The smallest round number from `least` on. */
function stepFor(least: number, unit: ScaleUnit): number {
  if (unit === 'count') return Math.max(1, decimal(least));
  if (least > DAY / 2) return DAY * decimal(least / DAY);
  return least <= SECOND / 2 ? decimal(least) : (TIMES.find((time) => time >= least) ?? DAY);
}

/** 1, 2 or 5 times a power of ten. */
function decimal(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((n) => n * power >= least) ?? 10) * power;
}
