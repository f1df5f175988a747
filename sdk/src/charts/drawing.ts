// A chart as plain shapes without text: labels stay HTML, which scales, wraps and needs no font in the picture. Pure.
import { type ChartData, heightsOf, type Tone } from './chart.ts';
import type { Scale } from './scale.ts';

export type Point = readonly [x: number, y: number];

export type Shape =
  | { kind: 'box'; x: number; y: number; width: number; height: number; tone: Tone }
  | { kind: 'line'; points: Point[]; tone: Tone; dashed: boolean; width: number }
  | { kind: 'dot'; at: Point; radius: number; tone: Tone }
  | { kind: 'rule'; y: number; width: number; strong: boolean }
  /** A gap in a bar that is higher than the picture. */
  | { kind: 'cut'; x: number; y: number; width: number };

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
/** The gap of a bar that is cut off is so far below its end. */
const CUT = 10;
/** A line with more positions than this has no dots. */
const MOST_DOTS = 40;

export const round = (n: number): number => Math.round(n * 100) / 100;

/** The highest value of a line, or the highest bar with all its parts; 0 if empty. */
export const highest = (chart: ChartData): number => Math.max(0, ...heightsOf(chart));

/** How far below the upper edge a value is, as a share of the height. */
export const depthOf = (value: number, { top }: Pick<Scale, 'top'>, { height }: Size = SIZE): number =>
  1 - (BELOW + ((height - BELOW - TOP) * value) / top) / height;

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

function bars(chart: ChartData, top: number, size: Size): Shape[] {
  const { labels, series } = chart;
  const sums = heightsOf(chart);
  const base = size.height - BELOW;
  const slot = size.width / Math.max(1, labels.length);
  const width = Math.min(WIDEST_BAR, slot * (labels.length > MOST_DOTS ? 0.84 : 0.68));
  return labels.flatMap((_, index) => {
    const sum = sums[index] ?? 0;
    const tall = heights(
      series.map(({ values }) => values[index] ?? 0),
      Math.max(top, sum),
      base - TOP,
    );
    let y = base;
    const cut: Shape = { kind: 'cut', x: round(index * slot + (slot - width) / 2), y: TOP + CUT, width: round(width) };
    const parts = series.flatMap(({ tone }, part): Shape[] => {
      const height = tall[part] ?? 0;
      if (height === 0) return [];
      const upper = round(y - height);
      y -= height;
      const x = round(index * slot + (slot - width) / 2);
      return [{ kind: 'box', x, y: upper, width: round(width), height: round(height), tone }];
    });
    return sum > top ? [...parts, cut] : parts;
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
    round(base - ((base - TOP) * Math.min(Math.max(0, value), top)) / top),
  ];
  const dotted = labels.length <= MOST_DOTS;
  return [...series].reverse().flatMap(({ values, tone }): Shape[] =>
    runs(values).flatMap((run): Shape[] => {
      const points = run.map(place);
      const dots = dotted || points.length === 1 ? points : [];
      const [first] = points;
      // A value without neighbours is a thin bar, since dots alone do not make a picture.
      if (first && points.length === 1 && !dotted) {
        const width = tone === 'main' ? 2 : 4;
        return [{ kind: 'box', x: first[0] - width / 2, y: first[1], width, height: round(base - first[1]), tone }];
      }
      return [
        { kind: 'line', points, tone, dashed: tone === 'other', width: 2 },
        ...dots.map((at): Shape => ({ kind: 'dot', at, radius: dotted ? 3 : 2.2, tone })),
      ];
    }),
  );
}

/** Without `scale` the highest value is as high as the picture. */
export function draw(chart: ChartData, size: Size = SIZE, scale?: Scale): Drawing {
  const { width, height } = size;
  const base = height - BELOW;
  const top = scale?.top ?? highest(chart);
  const marks = scale?.marks ?? [top / 2, top];
  const rules = marks.map(
    (mark): Shape => ({ kind: 'rule', y: round(height * depthOf(mark, { top }, size)), width, strong: false }),
  );
  const ground: Shape = { kind: 'rule', y: base, width, strong: true };
  if (top === 0) return { width, height, shapes: [ground] };
  const data = chart.kind === 'line' ? lines(chart, top, size) : bars(chart, top, size);
  return { width, height, shapes: [...rules, ...data, ground] };
}
