// The specification's metrics, computed from stored counts.
import { expect, test } from 'vitest';
import { metricsOf } from './job-queries.ts';

test('the average time is that of all completed attempts, not the mean of the averages of the types', () => {
  const metrics = metricsOf(
    [],
    [
      { type: 'email', runs: 3, run_ms: 100 },
      { type: 'image', runs: 1, run_ms: 900 },
    ],
    0,
    { heldBy: () => null },
  );
  expect(metrics.avgProcessingTime).toBe(250);
  expect(metrics.types.email?.avgProcessingTime).toBe(33.33);
  expect(metrics.types.image?.avgProcessingTime).toBe(900);
});

test('waiting jobs of a held type are parked, and neither pending nor delayed', () => {
  const counts = ['ready', 'scheduled', 'failed'].flatMap((state) => [
    { state, type: 'held', n: 2 },
    { state, type: 'free', n: 3 },
  ]);
  const metrics = metricsOf(counts, [], 0, { heldBy: (type) => (type === 'held' ? 'paused' : null) });
  expect(metrics).toMatchObject({ parked: 4, pending: 6, delayed: 3, failed: 5, total: 15 });
});
