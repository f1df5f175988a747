// Charts as shapes: within their picture, in proportion, and with small values visible.
import { expect, test } from 'vitest';
import type { ChartData } from './chart.ts';
import { draw, heights, type Shape } from './drawing.ts';
import { scaleOf } from './scale.ts';

const chart = (kind: ChartData['kind'], ...values: (number | null)[][]): ChartData => ({
  kind,
  labels: (values[0] ?? []).map(() => ''),
  series: values.map((list, index) => ({ name: String(index), tone: index === 0 ? 'main' : 'bad', values: list })),
});
const of = <K extends Shape['kind']>(shapes: readonly Shape[], kind: K) =>
  shapes.filter((shape): shape is Extract<Shape, { kind: K }> => shape.kind === kind);

test('the parts of a bar are as high as their values, and touch', () => {
  const { shapes } = draw(chart('stacked', [290, 0], [1, 290], [0, 2]));
  const [most, one, full, two] = of(shapes, 'box');
  expect((full?.height ?? 0) / (most?.height ?? 0)).toBeCloseTo(1, 1);
  expect((two?.height ?? 0) / (full?.height ?? 1)).toBeLessThan(3 / 290);
  expect(one?.height).toBeLessThanOrEqual(1);
  expect((one?.y ?? 0) + (one?.height ?? 0)).toBeCloseTo(most?.y ?? 0, 1);
});

test.each<[string, number[], number]>([
  ['one failure next to a thousand successes is a hairline', [1_000, 1], 1_001],
  ['many small parts beside a large one are hairlines', [1_000, 1, 2, 3, 1], 1_007],
  ['parts that are all small share a low bar', [1, 1, 1], 1_000],
  ['parts that all have room are in proportion', [30, 20, 10], 60],
])('%s, and the bar is no higher for it', (_, values, top) => {
  const tall = heights(values, top);
  const sum = values.reduce((all, value) => all + value, 0);
  const whole = Math.max(1, (170 * sum) / top);
  expect(tall.reduce((all, height) => all + height, 0)).toBeCloseTo(whole, 6);
  expect(tall.every((height) => height > 0)).toBe(true);
  for (const [i, height] of tall.entries()) expect(Math.abs(height - (170 * (values[i] ?? 0)) / top)).toBeLessThan(4);
  expect([...tall].sort((a, b) => b - a)[0]).toBe(tall[0]);
});

test('a line is interrupted where values are missing', () => {
  const { shapes } = draw(chart('line', [1, 2, null, 3, null, 4, 5]));
  expect(of(shapes, 'line').map(({ points }) => points.length)).toEqual([2, 1, 2]);
  expect(of(shapes, 'dot')).toHaveLength(5);
});

test.each(['bars', 'stacked', 'line'] as const)('%s without values are an empty chart', (kind) => {
  for (const { shapes } of [draw(chart(kind, [])), draw(chart(kind, [0, 0])), draw(chart(kind, [null]))]) {
    expect(shapes.every((shape) => shape.kind === 'rule')).toBe(true);
  }
});

const [SECOND, MINUTE] = [1_000, 60_000];

test.each([
  ['count', 3, [1, 2, 3]],
  ['count', 2_263, [1_000, 2_000, 3_000]],
  ['milliseconds', 340, [100, 200, 300, 400]],
  ['milliseconds', 9.4 * SECOND, [5 * SECOND, 10 * SECOND]],
  ['milliseconds', 100 * SECOND, [30 * SECOND, MINUTE, 90 * SECOND, 120 * SECOND]],
] as const)('the axis of a %s up to %d has round numbers', (unit, highest, marks) => {
  expect(scaleOf(chart('bars', [1, highest]), unit).marks).toEqual(marks);
});

test('a spike does not flatten the rest, and is marked as cut off', () => {
  const week = [...Array<number>(100).fill(90), 50_000];
  const scale = scaleOf(chart('bars', week));
  expect(scale).toMatchObject({ top: 100, isCut: true });
  const { shapes, height } = draw(chart('bars', week), undefined, scale);
  expect(of(shapes, 'box').every((box) => box.y >= 0 && box.height <= height)).toBe(true);
  expect(of(shapes, 'cut')).toHaveLength(1);
  expect(scaleOf(chart('bars', [90, 50_000])).isCut).toBe(false);
});
