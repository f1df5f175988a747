// Random jobs that may not wait for ever, against what must always hold; and deadlines in two processes.
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NewJob, snooze } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { Chance } from '../../../test/model/chance.ts';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

/** At the usual intervals, engines where each statement is a round trip take long. */
const SELDOM = { sweepInterval: 600_000, pollInterval: 600_000, leaseDuration: 3_600_000 };
const MINUTE = 60_000;

type Answer = 'done' | 'fails' | 'snoozes';
interface Added {
  id: string;
  job: NewJob;
  at: number;
  /** When its attempts began, and how they ended. */
  begun: number[];
  answers: Answer[];
}

const RETRIES = 3;

async function sequence(seed: number): Promise<void> {
  const chance = new Chance(seed);
  const pick = (below: number): number => chance.below(below);
  const kit = await openCore({ queue: { ...SELDOM, maxConcurrentJobs: 2 } });
  const added: Added[] = [];
  kit.register('t', async ({ n }: { n: number }) => {
    const one = added[n] as Added;
    const answer = (['done', 'fails', 'fails', 'snoozes'] as const)[pick(4)] ?? 'done';
    one.begun.push(kit.clock.now());
    one.answers.push(answer);
    if (answer === 'fails') throw new Error('no');
    return answer === 'snoozes' ? snooze(1 + pick(20_000), 'later') : undefined;
  });
  await kit.core.startWorker();
  for (let step = 0; step < 25; step += 1) {
    const what = pick(8);
    if (what < 4) {
      const delay = pick(3) === 0 ? pick(10_000) : 0;
      const job: NewJob = {
        ...{ type: 't', data: { n: added.length }, maxRetries: RETRIES, retryDelay: pick(20_000), delay },
        ...(pick(2) === 0 ? { expires: delay + 1 + pick(20_000) } : {}),
        ...(pick(2) === 0 ? { giveUpAfter: 1 + pick(40_000) } : {}),
      };
      const one: Added = { id: '', job, at: kit.clock.now(), begun: [], answers: [] };
      added.push(one);
      one.id = (await kit.core.queue.add(job, { plugin: null })).id;
    } else if (what < 5) await kit.core.holds.pause({ kind: 'type', name: 't' });
    else if (what < 6) await kit.core.holds.resume('type', 't').catch(() => {});
    else await kit.clock.advance(pick(15_000));
  }
  await kit.core.holds.resume('type', 't').catch(() => {});
  for (let i = 0; i < 10; i += 1) await kit.clock.advance(MINUTE);
  await kit.idle();
  const rows = await kit.dialect.reader
    .selectFrom('pwj_jobs')
    .select(['id', 'state', 'reason', 'finished_at as finishedAt'])
    .execute();
  const left = await kit.dialect.reader.selectFrom('pwj_deadlines').selectAll().execute();
  await kit.close();
  expect(left).toEqual([]);
  for (const { id, state, reason, finishedAt } of rows) {
    const { job, at, begun, answers } = added.find((one) => one.id === id) as Added;
    const expiry = at + Number(job.expires ?? Number.POSITIVE_INFINITY);
    const giveUpAt = at + Number(job.giveUpAfter ?? Number.POSITIVE_INFINITY);
    const [first = 0, ...later] = begun;
    const failures = answers.filter((answer) => answer === 'fails').length;
    const wanted =
      begun.length === 0
        ? ['cancelled', 'expired', true]
        : answers.at(-1) === 'done'
          ? ['completed', null, true]
          : ['failed', failures > RETRIES ? null : expect.stringMatching(/^gave up after /), true];
    const isInTime = begun.length === 0 ? Number(finishedAt) >= expiry && Number(finishedAt) <= expiry + 1_000 : true;
    expect([state, reason, isInTime], `${id} ${JSON.stringify(job)} ${answers}`).toEqual(wanted);
    expect([first < expiry, later.every((began) => began < giveUpAt)]).toEqual([true, true]);
  }
}

const [FIRST, COUNT] = [Number(process.env.DEADLINES_SEED ?? 1), Number(process.env.DEADLINES_COUNT ?? 6)];

test(`in ${COUNT} random sequences no attempt begins too late, and every job ends`, { timeout: 600_000 }, async () => {
  for (let i = 0; i < COUNT; i += 1)
    await sequence(FIRST + i).catch((cause: unknown) => {
      throw new Error(`seed ${FIRST + i}`, { cause });
    });
});

test('a job of a process without a worker expires in the one that has it, once, and runs in neither', async () => {
  const clock = new ManualClock();
  const path = join(tmpdir(), `deadlines-${randomUUID()}.db`);
  const kits: CoreKit[] = [];
  const runs: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    const kit = await openCore({ path, clock, queue: { ...SELDOM, pollInterval: 100 } });
    kit.register('t', async (_data, id) => void runs.push(id));
    kit.core.startListening();
    kits.push(kit);
  }
  const [web, one, other] = kits as [CoreKit, CoreKit, CoreKit];
  await one.core.startWorker();
  await other.core.startWorker();
  await web.core.holds.pause({ kind: 'type', name: 't' });
  const ids = await Promise.all(Array.from({ length: 20 }, () => web.add({ type: 't', data: {}, expires: 5_000 })));
  await clock.advance(6_000);
  await web.core.holds.resume('type', 't');
  await clock.advance(1_000);
  const histories = await Promise.all(ids.map((id) => web.core.reads.history(id)));
  const states = await Promise.all(ids.map((id) => web.state(id)));
  for (const kit of kits) await kit.close();
  expect(runs).toEqual([]);
  expect(new Set(states)).toEqual(new Set(['cancelled']));
  expect(histories.map((entries) => entries.length)).toEqual(ids.map(() => 1));
});

test('a claim ends what the timer has not reached, and gets the jobs behind it', async () => {
  const kit = await openCore({ queue: SELDOM });
  const runs: string[] = [];
  kit.register('t', async (_data, id) => void runs.push(id));
  const late = await Promise.all(Array.from({ length: 600 }, () => kit.add({ type: 't', data: {}, expires: 1_000 })));
  const inTime = await kit.add({ type: 't', data: {}, expires: MINUTE });
  await kit.clock.advance(2_000);
  // Without its timer: only claims.
  kit.core.worker.start();
  await expect.poll(() => runs).toEqual([inTime]);
  await expect.poll(() => kit.state(late.at(-1) as string)).toBe('cancelled');
  const started = kit.events.filter(({ event }) => event === 'job_started').map(({ jobId }) => jobId);
  expect(started).toEqual([inTime]);
  expect(await kit.row(late[0] as string)).toMatchObject({ state: 'cancelled', reason: 'expired', attempt: 0 });
  await kit.close();
});

test('a deadline that its first attempt did not see ends no job that waits for its retry, and goes', async () => {
  const kit = await openCore({ queue: SELDOM });
  let runs = 0;
  kit.register('t', async () => {
    runs += 1;
    if (runs === 1) throw new Error('no');
  });
  await kit.core.startWorker();
  const id = await kit.add({ type: 't', data: {}, retryDelay: 10_000 });
  await expect.poll(() => kit.state(id)).toBe('scheduled');
  const row = { job_id: id, waits_until: kit.clock.now() + 1_000, give_up_at: null };
  await kit.dialect.db.insertInto('pwj_deadlines').values(row).execute();
  await kit.core.overdue.endWaiting(row.waits_until);
  expect(await kit.state(id)).toBe('scheduled');
  expect(await kit.dialect.reader.selectFrom('pwj_deadlines').selectAll().execute()).toEqual([]);
  await kit.clock.advance(12_000);
  await expect.poll(() => kit.state(id)).toBe('completed');
  await kit.close();
});
