// A chart as plain shapes without text: labels stay HTML, which scales, wraps and needs no font in the picture. Pure.
import type { ChartData, Series, Tone } from './chart.ts';

export type Point = readonly [x: number, y: number];

export type Shape =
  | { kind: 'box'; x: number; y: number; width: number; height: number; tone: Tone }
  | { kind: 'line'; points: Point[]; tone: Tone; dashed: boolean; width: number }
  | { kind: 'dot'; at: Point; radius: number; tone: Tone }
  | { kind: 'rule'; y: number; width: number; strong: boolean };

export interface Size {
  width: number;
  height: number;
}

export interface Drawing extends Size {
  shapes: Shape[];
}

const SIZE: Size = { width: 640, height: 176 };
const TOP = 4;
const BELOW = 2;
const WIDEST_BAR = 56;
/** A value above zero is at least a line of this height. */
const HAIRLINE = 1;
/** A line with more positions than this has no dots. */
const MOST_DOTS = 40;

export const round = (n: number): number => Math.round(n * 100) / 100;

const sumAt = (series: readonly Series[], index: number): number =>
  series.reduce((sum, { values }) => sum + Math.max(0, values[index] ?? 0), 0);

/** The highest value of a line, or the highest bar with all its parts; 0 if empty. */
export function highest({ kind, labels, series }: ChartData): number {
  const values = labels.map((_, index) =>
    kind === 'line' ? Math.max(0, ...series.map(({ values }) => values[index] ?? 0)) : sumAt(series, index),
  );
  return Math.max(0, ...values);
}

/** Heights of the parts of a bar, with `room` for `top`: true to scale, but a part below a hairline gets one from the others, so that the bar keeps its height. */
export function heights(values: readonly number[], top: number, room = SIZE.height - BELOW - TOP): number[] {
  const natural = values.map((value) => (room * Math.max(0, value)) / top);
  const sum = (list: readonly number[]) => list.reduce((all, height) => all + height, 0);
  const large = sum(natural.filter((height) => height >= HAIRLINE));
  const lines = HAIRLINE * natural.filter((height) => height > 0 && height < HAIRLINE).length;
  const total = Math.max(HAIRLINE, sum(natural));
  // Too low for a hairline each.
  if (total - lines < HAIRLINE) return natural.map((height) => (height * total) / (sum(natural) || 1));
  return natural.map((height) => (height >= HAIRLINE ? (height * (total - lines)) / large : height > 0 ? HAIRLINE : 0));
}

function bars({ labels, series }: ChartData, top: number, size: Size): Shape[] {
  const base = size.height - BELOW;
  const slot = size.width / Math.max(1, labels.length);
  const width = Math.min(WIDEST_BAR, slot * (labels.length > MOST_DOTS ? 0.84 : 0.68));
  return labels.flatMap((_, index) => {
    const tall = heights(
      series.map(({ values }) => values[index] ?? 0),
      top,
      base - TOP,
    );
    let y = base;
    return series.flatMap(({ tone }, part): Shape[] => {
      const height = tall[part] ?? 0;
      if (height === 0) return [];
      const upper = round(y - height);
      y -= height;
      const x = round(index * slot + (slot - width) / 2);
      return [{ kind: 'box', x, y: upper, width: round(width), height: round(height), tone }];
    });
  });
}

/** Runs of consecutive values without a gap. */
function runs(values: readonly (number | null)[]): [index: number, value: number][][] {
  const found: [number, number][][] = [];
  let open: [number, number][] = [];
  for (const [index, value] of values.entries()) {
    if (value === null) open = [];
    else if (open.push([index, value]) === 1) found.push(open);
  }
  return found;
}

function lines({ labels, series }: ChartData, top: number, size: Size): Shape[] {
  const base = size.height - BELOW;
  const slot = size.width / Math.max(1, labels.length);
  const place = ([index, value]: [number, number]): Point => [
    round((index + 0.5) * slot),
    round(base - 4 - ((base - TOP - 8) * Math.max(0, value)) / top),
  ];
  const dotted = labels.length <= MOST_DOTS;
  return [...series].reverse().flatMap(({ values, tone }): Shape[] =>
    runs(values).flatMap((run): Shape[] => {
      const points = run.map(place);
      const dots = dotted || points.length === 1 ? points : [];
      return [
        { kind: 'line', points, tone, dashed: tone === 'other', width: 2 },
        ...dots.map((at): Shape => ({ kind: 'dot', at, radius: dotted ? 3 : 2.2, tone })),
      ];
    }),
  );
}

export function draw(chart: ChartData, size: Size = SIZE): Drawing {
  const { width, height } = size;
  const base = height - BELOW;
  const top = highest(chart);
  const rules: Shape[] = [0, 0.5].map((share) => ({
    kind: 'rule',
    y: round(TOP + (base - TOP) * share),
    width,
    strong: false,
  }));
  const ground: Shape = { kind: 'rule', y: base, width, strong: true };
  const data = top === 0 ? [] : chart.kind === 'line' ? lines(chart, top, size) : bars(chart, top, size);
  return { width, height, shapes: [...rules, ...data, ground] };
}
