// One action on all matching jobs, run as a job.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import type { BulkRequest } from './bulk.ts';
import { BULK_TYPE } from './bulk.ts';

let kit: CoreKit;
let broken: boolean;
beforeEach(async () => {
  broken = true;
  kit = await openCore({ queue: { maxQueueSize: 1_000 } });
  kit.register('mail', async () => {
    if (broken) throw new Error('refused');
  });
  await kit.core.startWorker();
});
afterEach(() => kit.close());

const many = (n: number, job: object = {}) =>
  kit.core.queue.addMany(
    Array.from({ length: n }, () => ({ type: 'mail', data: {}, maxRetries: 0, ...job })),
    { plugin: null },
  );
async function ended(ids: readonly string[]): Promise<void> {
  while (
    kit.events.filter(({ event, jobId }) => /completed|failed|cancelled/.test(event) && ids.includes(jobId)).length <
    ids.length
  ) {
    await kit.clock.advance(250);
  }
}
async function bulk(request: BulkRequest) {
  const { id } = await kit.core.queue.add({ type: BULK_TYPE, data: request }, { plugin: null, exempt: true });
  await ended([id]);
  const row = await kit.row(id);
  return { state: row.state, ...JSON.parse(row.result ?? 'null') };
}

test('a bulk action lets the site run after every ten jobs', async () => {
  await many(300, { delay: 60_000 });
  const cancelled = () => kit.events.filter(({ event }) => event === 'job_cancelled').length;
  let [before, most, isOver] = [0, 0, false];
  const look = () => {
    most = Math.max(most, cancelled() - before);
    before = cancelled();
    if (!isOver) setImmediate(look);
  };
  look();
  expect(await bulk({ action: 'cancel', filter: { type: 'mail' } })).toMatchObject({ done: 300 });
  isOver = true;
  expect(most).toBeLessThanOrEqual(10);
});
