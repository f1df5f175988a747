// One action on all jobs that match a filter, as a job of its own.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EngineKit, openEngine } from '../../test/engine-kit.ts';
import type { BulkRequest } from '../host.ts';
import { BULK_TYPE } from './bulk.ts';

let kit: EngineKit;
let broken: boolean;
beforeEach(async () => {
  broken = true;
  kit = await openEngine({ queue: { maxQueueSize: 1_000 } });
  kit.register('mail', async () => {
    if (broken) throw new Error('refused');
  });
  await kit.engine.startWorker();
});
afterEach(() => kit.close());

const many = (n: number, job: object = {}) =>
  kit.engine.queue.addMany(
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
  const { id } = await kit.engine.queue.add({ type: BULK_TYPE, data: request }, { plugin: null, exempt: true });
  await ended([id]);
  const row = await kit.row(id);
  return { state: row.state, ...JSON.parse(row.result ?? 'null') };
}
const states = async (type: string) =>
  Object.fromEntries(
    (await kit.engine.reads.counts()).filter((count) => count.type === type).map(({ state, n }) => [state, n]),
  );

test('retries all that failed, page after page, and says how many', async () => {
  const jobs = await many(450);
  await ended(jobs.map((job) => job.id));
  broken = false;
  expect(await bulk({ action: 'retry', filter: { type: 'mail' } })).toEqual({
    state: 'completed',
    matched: 450,
    done: 450,
    refused: {},
  });
  while ((await states('mail')).completed !== 450) await kit.idle();
});

test('cancels what waits and leaves what is over', async () => {
  const over = await many(2);
  await ended(over.map((job) => job.id));
  await many(30, { delay: 60_000 });
  expect(await bulk({ action: 'cancel', filter: { type: 'mail' } })).toMatchObject({ matched: 30, done: 30 });
  expect(await states('mail')).toEqual({ failed: 2, cancelled: 30 });
});

test('is not counted against the size of the queue, nor among what it matches', async () => {
  await many(1_000, { delay: 60_000 });
  expect(await bulk({ action: 'cancel', filter: {} })).toMatchObject({
    state: 'completed',
    matched: 1_000,
    done: 1_000,
  });
});

test('counts what was refused by its reason, and does the rest', async () => {
  await kit.engine.queue.addMany(
    [
      { type: 'unknown', data: {} },
      { type: 'mail', data: {}, delay: 60_000 },
    ],
    { plugin: null },
  );
  expect(await bulk({ action: 'run', filter: {} })).toEqual({
    state: 'completed',
    matched: 2,
    done: 1,
    refused: { INVALID_STATE: 1 },
  });
});

test('deletes what is over, with all that belongs to it', async () => {
  const jobs = await many(5);
  await ended(jobs.map((job) => job.id));
  expect(await bulk({ action: 'delete', filter: { status: 'failed' } })).toMatchObject({ matched: 5, done: 5 });
  expect(await states('mail')).toEqual({});
  expect(await kit.engine.reads.attempts(jobs[0]?.id ?? '')).toEqual([]);
});

test('the site has its turn after every ten jobs of a bulk action', async () => {
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
