// A line without axes, beside a number. Pure.
import type { Tone } from './chart.ts';
import { type Drawing, type Point, round } from './drawing.ts';

const SIZE = { width: 96, height: 20 };

export function drawSpark(values: readonly number[], tone: Tone = 'main'): Drawing {
  const low = Math.min(0, ...values);
  const range = Math.max(...values, 0) - low || 1;
  const step = (SIZE.width - 6) / Math.max(1, values.length - 1);
  const points = values.map(
    (value, index): Point => [
      round(3 + index * step),
      round(SIZE.height - 3 - ((value - low) / range) * (SIZE.height - 6)),
    ],
  );
  const last = points.at(-1);
  return {
    ...SIZE,
    shapes: [
      { kind: 'line', points, tone, dashed: false, width: 1.5 },
      ...(last ? [{ kind: 'dot', at: last, radius: 2.2, tone } as const] : []),
    ],
  };
}
