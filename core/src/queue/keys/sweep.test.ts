// What is left of keys when a process dies or does not know of them, and what the sweep makes of it.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { ManualClock } from '../../../../testing/src/manual-clock.ts';
import { type CoreKit, openCore } from '../../../test/core-kit.ts';
import { rank } from '../../job/record.ts';

const QUEUE = { sweepInterval: 600_000, pollInterval: 3_600_000, leaseDuration: 30_000 };
const OPTIONS = { key: ['post'], maxRetries: 0 };

let path: string;
let clock: ManualClock;
let kit: CoreKit;
let ends: (() => void)[];
beforeEach(async () => {
  path = join(await temporaryFolder(), 'jobs.db');
  clock = new ManualClock();
  ends = [];
  kit = await open(OPTIONS);
});
afterEach(async () => {
  for (const end of ends) end();
  await kit.close();
});

async function open(options: object): Promise<CoreKit> {
  const opened = await openCore({ path, clock, queue: QUEUE });
  opened.register('t', () => new Promise<void>((resolve) => ends.push(resolve)), options as never);
  return opened;
}

const add = (n: number, more: object = {}): Promise<string> => kit.add({ type: 't', data: { post: 1, n }, ...more });
const states = (...ids: string[]): Promise<string[]> => Promise.all(ids.map((id) => kit.state(id)));

test('a job that was cancelled while its process died frees its key with the end of its lease', async () => {
  const victim = await open(OPTIONS);
  const [first, second] = [await add(1), await add(2)];
  await victim.core.startWorker();
  await victim.idle();
  await victim.abandon();
  await kit.core.actions.cancel(first, null);
  await kit.core.sweep();
  expect(await states(first, second)).toEqual(['cancelled', 'blocked']);
  await clock.advance(30_001);
  await kit.core.sweep();
  expect(await states(first, second)).toEqual(['cancelled', 'ready']);
});

test('a process that does not know of the key leaves its next job to the sweep of one that does', async () => {
  const [first, second] = [await add(1), await add(2)];
  const unaware = await open({ maxRetries: 0 });
  await unaware.core.startWorker();
  await unaware.idle();
  for (const end of ends.splice(0)) end();
  await unaware.idle();
  expect(await states(first, second)).toEqual(['completed', 'blocked']);
  await kit.core.sweep();
  expect(await states(first, second)).toEqual(['completed', 'ready']);
  await unaware.close();
});

test('blocked jobs of a type that has lost its key run in their order', async () => {
  const ids = [await add(1), await add(2), await add(3)];
  await kit.close();
  kit = await open({ maxRetries: 0 });
  await kit.core.startWorker();
  await kit.idle();
  await kit.core.sweep();
  for (const _ of ids) {
    for (const end of ends.splice(0)) end();
    await kit.idle();
  }
  expect(await states(...ids)).toEqual(['completed', 'completed', 'completed']);
});

test('a blocked job is next when the one before it has vanished from the table', async () => {
  const [first, second] = [await add(1), await add(2)];
  await kit.dialect.db.deleteFrom('pwj_jobs').where('id', '=', first).execute();
  await kit.core.sweep();
  expect(await kit.state(second)).toBe('ready');
});

test('retention and deletion leave nothing of a key behind', async () => {
  await kit.close();
  kit = await open({ ...OPTIONS, unique: {} });
  const id = await add(1, { idempotencyKey: 'a' });
  await add(2, { idempotencyKey: 'b' });
  const left = async () => [
    (await kit.dialect.reader.selectFrom('pwj_keys').selectAll().execute()).length,
    (await kit.dialect.reader.selectFrom('pwj_key_heads').selectAll().execute()).length,
    (await kit.dialect.reader.selectFrom('pwj_key_answers').selectAll().execute()).length,
  ];
  expect(await left()).toEqual([1, 1, 1]);
  await kit.core.startWorker();
  await kit.idle();
  for (const end of ends) end();
  await kit.idle();
  expect(await left()).toEqual([1, 0, 1]);
  const old = { state: 'completed', type: 't', priority: rank('normal') } as const;
  await kit.core.maintenance.removeFinished({ ...old, before: clock.now() + 1, after: '' });
  expect(await left()).toEqual([0, 0, 0]);
  expect(await kit.dialect.reader.selectFrom('pwj_jobs').select('id').where('id', '=', id).execute()).toEqual([]);
});

test('a period that is over is forgotten', async () => {
  await kit.close();
  kit = await open({ ...OPTIONS, unique: { while: { period: '1h' } } });
  const id = await add(1);
  await kit.core.actions.cancel(id, null);
  const heads = async () => (await kit.dialect.reader.selectFrom('pwj_key_heads').select('first_job').execute()).length;
  await kit.core.sweep();
  expect(await heads()).toBe(1);
  await clock.advance(3_600_001);
  await kit.core.sweep();
  expect(await heads()).toBe(0);
});
