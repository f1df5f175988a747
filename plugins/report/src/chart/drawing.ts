// A chart as plain shapes, without a word in it: labels stay text, which scales, wraps and needs no font in the picture. Pure.
import type { Chart, Series, Tone } from '../content/model.ts';

export type Point = readonly [x: number, y: number];

export type Shape =
  | { kind: 'box'; x: number; y: number; width: number; height: number; tone: Tone }
  | { kind: 'line'; points: Point[]; tone: Tone; dashed: boolean; width: number }
  | { kind: 'dot'; at: Point; radius: number; tone: Tone }
  | { kind: 'rule'; y: number; width: number; strong: boolean };

export interface Drawing {
  width: number;
  height: number;
  shapes: Shape[];
}

const WIDTH = 640;
const HEIGHT = 176;
const TOP = 4;
const BASE = HEIGHT - 2;
const WIDEST_BAR = 56;
/** What is not nothing can be seen. */
const LEAST = 3;
const GAP = 1.5;

const round = (n: number): number => Math.round(n * 100) / 100;

const sumAt = (series: readonly Series[], index: number): number =>
  series.reduce((sum, { values }) => sum + Math.max(0, values[index] ?? 0), 0);

function highest({ kind, labels, series }: Chart): number {
  const values = labels.map((_, index) =>
    kind === 'stacked' ? sumAt(series, index) : Math.max(0, ...series.map(({ values }) => values[index] ?? 0)),
  );
  return Math.max(0, ...values);
}

/** Heights of what stands in one bar: small ones are made visible at the cost of the largest, so that the whole keeps its height. */
export function heights(values: readonly number[], top: number): number[] {
  const natural = values.map((value) => ((BASE - TOP) * Math.max(0, value)) / top);
  const shown = natural.map((height) => (height > 0 ? Math.max(LEAST, height) : 0));
  const gaps = GAP * Math.max(0, shown.filter((height) => height > 0).length - 1);
  const sum = (list: readonly number[]) => list.reduce((all, height) => all + height, 0);
  const excess = sum(shown) + gaps - sum(natural);
  const largest = shown.indexOf(Math.max(...shown));
  return shown.map((height, index) => (index === largest && height > 0 ? Math.max(LEAST, height - excess) : height));
}

function bars({ labels, series }: Chart, top: number): Shape[] {
  const slot = WIDTH / Math.max(1, labels.length);
  const width = Math.min(WIDEST_BAR, slot * 0.68);
  return labels.flatMap((_, index) => {
    const tall = heights(
      series.map(({ values }) => values[index] ?? 0),
      top,
    );
    let y = BASE;
    return series.flatMap(({ tone }, part): Shape[] => {
      const height = tall[part] ?? 0;
      if (height === 0) return [];
      y -= height;
      const box = { x: index * slot + (slot - width) / 2, y, width, height };
      y -= GAP;
      const [x, upper, wide, high] = [box.x, box.y, box.width, box.height].map(round) as [
        number,
        number,
        number,
        number,
      ];
      return [{ kind: 'box', x, y: upper, width: wide, height: high, tone }];
    });
  });
}

/** Runs of values without a gap between them. */
function runs(values: readonly (number | null)[]): [index: number, value: number][][] {
  const found: [number, number][][] = [];
  let open: [number, number][] = [];
  for (const [index, value] of values.entries()) {
    if (value === null) open = [];
    else if (open.push([index, value]) === 1) found.push(open);
  }
  return found;
}

function lines({ labels, series }: Chart, top: number): Shape[] {
  const slot = WIDTH / Math.max(1, labels.length);
  const place = ([index, value]: [number, number]): Point => [
    round((index + 0.5) * slot),
    round(BASE - 4 - ((BASE - TOP - 8) * Math.max(0, value)) / top),
  ];
  return [...series].reverse().flatMap(({ values, tone }): Shape[] =>
    runs(values).flatMap((run): Shape[] => {
      const points = run.map(place);
      const dots: Shape[] = points.map((at) => ({ kind: 'dot', at, radius: 3, tone }));
      return [{ kind: 'line', points, tone, dashed: tone === 'other', width: 2 }, ...dots];
    }),
  );
}

export function draw(chart: Chart): Drawing {
  const top = highest(chart);
  const rules: Shape[] = [0, 0.5].map((share) => ({
    kind: 'rule',
    y: round(TOP + (BASE - TOP) * share),
    width: WIDTH,
    strong: false,
  }));
  const ground: Shape = { kind: 'rule', y: BASE, width: WIDTH, strong: true };
  const data = top === 0 ? [] : chart.kind === 'line' ? lines(chart, top) : bars(chart, top);
  return { width: WIDTH, height: HEIGHT, shapes: [...rules, ...data, ground] };
}

const SPARK = { width: 96, height: 20 };

/** A line without axes, beside a number. */
export function drawSpark(values: readonly number[], tone: Tone = 'main'): Drawing {
  const low = Math.min(0, ...values);
  const range = Math.max(...values, 0) - low || 1;
  const step = (SPARK.width - 6) / Math.max(1, values.length - 1);
  const points = values.map(
    (value, index): Point => [
      round(3 + index * step),
      round(SPARK.height - 3 - ((value - low) / range) * (SPARK.height - 6)),
    ],
  );
  const last = points.at(-1);
  return {
    ...SPARK,
    shapes: [
      { kind: 'line', points, tone, dashed: false, width: 1.5 },
      ...(last ? [{ kind: 'dot', at: last, radius: 2.2, tone } as const] : []),
    ],
  };
}
