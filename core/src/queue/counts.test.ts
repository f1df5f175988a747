// The specification's metrics, computed from stored counts.
import { expect, test } from 'vitest';
import { metricsOf } from './counts.ts';

test('the average time is that of all completed attempts, not the mean of the averages of the types', () => {
  const metrics = metricsOf(
    [],
    [
      { type: 'email', runs: 3, run_ms: 100 },
      { type: 'image', runs: 1, run_ms: 900 },
    ],
    0,
  );
  expect(metrics.avgProcessingTime).toBe(250);
  expect(metrics.types.email?.avgProcessingTime).toBe(33.33);
  expect(metrics.types.image?.avgProcessingTime).toBe(900);
});

test('counts that an engine returns as text are added as numbers', () => {
  const counts = [
    { state: 'ready', type: 'a', n: '2' as unknown as number },
    { state: 'ready', type: 'a', n: '3' as unknown as number },
  ];
  expect(
    metricsOf(counts, [{ type: 'a', runs: '2' as unknown as number, run_ms: '9' as unknown as number }], 0),
  ).toMatchObject({ total: 5, pending: 5, avgProcessingTime: 4.5 });
});

test('a type can have the name of an object property', () => {
  const metrics = metricsOf(
    [
      { state: 'ready', type: '__proto__', n: 1 },
      { state: 'ready', type: 'constructor', n: 2 },
    ],
    [],
    0,
  );
  expect(Object.keys(metrics.types).sort()).toEqual(['__proto__', 'constructor']);
  expect(metrics.total).toBe(3);
});
