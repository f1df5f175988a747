// How long a command follows a job that does not finish.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { byHand, leaveStatesAlone } from '../../core/test/by-hand.ts';
import { type CoreKit, openCore } from '../../core/test/core-kit.ts';
import type { Client } from './client.ts';
import { type Followed, follow } from './follow.ts';
import { Output } from './output.ts';

let kit: CoreKit;
let remarks: string;
beforeEach(async () => {
  kit = await openCore();
  remarks = '';
});
afterEach(() => kit.close());

/** Follows a job for `ms`; returns the result, or `still there` if it has not ended. */
async function followed(id: string, ms: number, timeout?: number): Promise<Followed | 'still there'> {
  const stderr = {
    write: (text: string): void => {
      remarks += text;
    },
  };
  const out = new Output({ write: () => true }, stderr, {}, false);
  const client = { core: kit.core } as Client;
  const end = follow(client, id, { out, clock: kit.clock, timeout });
  await kit.clock.advance(ms);
  return Promise.race([end, Promise.resolve('still there' as const)]);
}

/** A job that runs until it is aborted. */
async function running(): Promise<string> {
  kit.register(
    'letter',
    (_data, _id, _attempt, { signal }) =>
      new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason))),
  );
  const id = await kit.add({ type: 'letter', data: {} });
  await kit.core.startWorker();
  await kit.idle();
  return id;
}

test('without a worker, following ends after a minute, and the reason is shown at the start', async () => {
  const id = await kit.add({ type: 'letter', data: {} });
  expect(await followed(id, 59_900)).toBe('still there');
  expect(await followed(id, 60_100)).toMatchObject({ waitedFor: 60_000, record: { id } });
  expect(remarks).toContain('On hold: no known plugin has a processor for its type.');
});

test('a running job is followed for as long as it runs, and for a minute after it stops running', async () => {
  const id = await running();
  expect(await followed(id, 600_000)).toBe('still there');
  await kit.stop();
  expect(await followed(id, 60_100)).toMatchObject({ waitedFor: 60_000, record: { state: 'ready' } });
});

test('a job whose worker was killed does not count as running once its lease is over', async () => {
  const id = await kit.add({ type: 'letter', data: {} });
  const lease = kit.clock.now() + 30_000;
  await leaveStatesAlone(kit.dialect.db);
  await kit.dialect.transaction(async ({ db }) => {
    await byHand(db)
      .updateTable('pwj_jobs')
      .set({ state: 'processing', node: 'killed', lease_until: lease })
      .where('id', '=', id)
      .execute();
  });
  expect(await followed(id, 80_000)).toBe('still there');
  expect(await followed(id, 60_100)).toMatchObject({ waitedFor: 60_000, record: { state: 'processing' } });
});
