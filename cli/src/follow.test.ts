// How long a command follows a job that does not finish.
import type { Assembled } from '@phraseworks/jobs/internals/site';
import { afterEach, expect, test } from 'vitest';
import { byHand, leaveStatesAlone } from '../../core/test/by-hand.ts';
import { createTestJobs, type TestJobs } from '../../testing/src/create-test-jobs.ts';
import { turn } from '../../testing/src/manual-clock.ts';
import type { Client } from './client.ts';
import { type Followed, follow } from './follow.ts';
import { Output } from './output.ts';

let jobs: TestJobs & Assembled;
let remarks = '';
afterEach(() => jobs[Symbol.asyncDispose]());

/** A site with a job that runs until it is aborted. */
async function letter(start: boolean): Promise<string> {
  jobs = (await createTestJobs({ start })) as typeof jobs;
  jobs.registerProcessor(
    'letter',
    (_data, _id, _attempt, { signal }) =>
      new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason))),
  );
  return (await jobs.addJob({ type: 'letter', data: {} })).id;
}

/** Follows a job for `ms`; returns the result, or `still there` if it has not ended. */
async function followed(id: string, ms: number): Promise<Followed | 'still there'> {
  const stderr = {
    write: (text: string): void => {
      remarks += text;
    },
  };
  const out = new Output({ write: () => true }, stderr, {}, false);
  const client = { jobs, core: jobs.internals.core } as unknown as Client;
  const end = follow(client, id, { out, clock: jobs.clock });
  await jobs.clock.advance(ms, () => turn(5));
  return Promise.race([end, Promise.resolve('still there' as const)]);
}

test('without a worker, following ends after a minute, and the reason is shown at the start', async () => {
  const id = await letter(false);
  expect(await followed(id, 59_900)).toBe('still there');
  expect(await followed(id, 60_100)).toMatchObject({ waitedFor: 60_000, job: { id } });
  expect(remarks).toContain('No running worker can handle this type');
});

test('a running job is followed for as long as it runs, and for a minute after it stops running', async () => {
  const id = await letter(true);
  await jobs.running(id);
  expect(await followed(id, 600_000)).toBe('still there');
  await jobs.pauses.pause({ kind: 'type', name: 'letter' });
  await jobs.loseLease(id);
  expect(await followed(id, 60_100)).toMatchObject({ waitedFor: 60_000, job: { status: 'parked' } });
});

test('a job whose worker was killed does not count as running once its lease has run out', async () => {
  const id = await letter(false);
  const lease = jobs.clock.now() + 30_000;
  const { dialect } = jobs.internals.core.ledger;
  await leaveStatesAlone(dialect.db);
  await dialect.transaction(async ({ db }) => {
    await byHand(db)
      .updateTable('pwj_jobs')
      .set({ state: 'processing', node: 'killed', lease_until: lease })
      .where('id', '=', id)
      .execute();
  });
  expect(await followed(id, 80_000)).toBe('still there');
  expect(await followed(id, 60_100)).toMatchObject({ waitedFor: 60_000, job: { status: 'processing' } });
});
