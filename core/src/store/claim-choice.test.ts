// New jobs are taken before they are stored exactly as they would be after it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recount } from '../../test/by-hand.ts';
import { openWriteRig, type WriteRig } from '../../test/write-queue-rig.ts';
import type { JobRecord } from '../job/record.ts';
import { Changes } from './changes.ts';
import { type ClaimPlan, claimJobs, claimNew } from './claim-choice.ts';

let rig: WriteRig;
beforeEach(async () => {
  rig = await openWriteRig();
});
afterEach(() => rig.dialect.close());

/** A small generator of numbers below `n`, the same for a seed. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * n);
  };
}

const TYPES = ['a', 'b', 'c'];

function someJobs(pick: (n: number) => number): JobRecord[] {
  const jobs = Array.from({ length: 1 + pick(12) }, () =>
    rig.record({
      type: TYPES[pick(3)] as string,
      priority: pick(3),
      state: pick(5) === 0 ? 'scheduled' : 'ready',
    }),
  );
  // Several callers add at the same time: not in the order of their ids.
  return jobs.sort(() => pick(2) - 0.5);
}

const somePlan = (pick: (n: number) => number): ClaimPlan => ({
  node: 'n',
  now: 5,
  leaseUntil: 9,
  limit: 1 + pick(8),
  holds: 1,
  types: TYPES.slice(0, 1 + pick(3)).map((type, n) => ({
    type,
    plugin: n === 0 ? 'first' : 'second',
    group: n === 1 ? null : `group ${pick(2)}`,
  })),
  room: new Map([
    ['group 0', pick(5)],
    ['group 1', pick(5)],
  ]),
  event: (job) => ({
    event: 'job_started',
    jobId: job.id,
    jobType: job.type,
    plugin: null,
    status: 'processing',
    attempt: job.attempt,
    at: '',
  }),
});

test('added jobs and stored jobs are claimed by the same rules, with the same events and counts', async () => {
  const { dialect } = rig;
  for (let seed = 1; seed <= 40; seed += 1) {
    const pick = numbers(seed * 7_919);
    const jobs = someJobs(pick);
    const plan = somePlan(pick);
    const first = new Changes();
    const early = await dialect.transaction((tx) => claimNew(tx, dialect.statements, first, plan, jobs));
    await rig.queue(...jobs);
    const second = new Changes();
    const late = await dialect.transaction((tx) => claimJobs(tx, dialect.statements, second, plan));
    expect(early ?? [], `seed ${seed}`).toMatchObject(late);
    expect([first.events, first.counts()], `seed ${seed}`).toEqual([second.events, second.counts()]);
    await dialect.db.deleteFrom('pwj_jobs').execute();
    await recount(dialect.db);
  }
});

test('a steady flow of new jobs does not keep waiting jobs from being claimed', async () => {
  const waiting = Array.from({ length: 50 }, () => rig.record());
  await rig.queue(...waiting);
  rig.taker.wanted = 50;
  let over = false;
  const adding = (async () => {
    while (!over) await rig.queue(rig.record({ priority: 9 }));
  })();
  rig.writes.requestClaim();
  while (rig.taker.taken.length < 50) await new Promise((resolve) => setImmediate(resolve));
  over = true;
  await adding;
  expect(rig.taker.taken.map(({ id }) => id).sort()).toEqual(waiting.map(({ id }) => id).sort());
});
