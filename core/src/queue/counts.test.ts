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
