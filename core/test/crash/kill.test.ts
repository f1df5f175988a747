// Real processes, real SIGKILL: what was acknowledged is never lost, and only one attempt of a job runs and settles.
import { expect, test } from 'vitest';
import { storm } from './storm.ts';

/** Chance with a seed, so that a run can be repeated. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

test('50 kills of workers and producers lose no acknowledged job, run none twice at once and settle each once', async () => {
  const found = await storm({ jobs: 2_000, kills: 50, control: false, chance: seeded(1) });
  console.log(JSON.stringify(found));
  expect(found).toMatchObject({ acknowledged: 2_000, lost: 0, overlapping: 0, settledTwice: 0, integrity: 'ok' });
  expect(found.repeated, 'the kills must have hit running jobs').toBeGreaterThan(0);
}, 300_000);

test('the same run without the token check and with a lease of 0.3 s is seen to fail', async () => {
  const found = await storm({ jobs: 300, kills: 10, control: true, chance: seeded(2) });
  console.log(JSON.stringify(found));
  expect(found.overlapping + found.settledTwice + found.lost).toBeGreaterThan(0);
}, 300_000);
