// Events of other people's jobs do not reach the WebSocket of a user, live or replayed.
import type { JobsOptions } from '@phraseworks/jobs';
import { expect, test } from 'vitest';
import { Listener } from '../support/listener.ts';
import { type LiveSite, openLiveSite } from '../support/live-site.ts';

const CANARY = 'CANARY-of-bob';

const owned: JobsOptions = {
  authorize: (c) => {
    const user = c.req.header('x-user');
    return user === undefined ? null : { user };
  },
  mayHear: (user, { jobType }) => {
    if (user === 'unlucky' && jobType === 'work-of-bob') throw new Error('the rights cannot be read');
    return user === 'unlucky' || jobType === `work-of-${user}`;
  },
};

async function open(): Promise<LiveSite> {
  const site = await openLiveSite(owned);
  for (const user of ['ann', 'bob']) {
    site.jobs.registerProcessor(`work-of-${user}`, async (data) => ({ success: true, result: data }));
  }
  return site;
}

const as = (user: string) => ({ headers: { 'x-user': user } });

async function run(site: LiveSite, user: string, data: unknown): Promise<string> {
  const { id } = await site.jobs.addJob({ type: `work-of-${user}`, data });
  await site.ended(id);
  return id;
}

test('a user receives only events of own jobs, live, replayed, and even when subscribing to the job of another by id', async () => {
  await using site = await open();
  await using ann = await Listener.open(site.ws, as('ann'));
  await using bob = await Listener.open(site.ws, as('bob'));
  const early = await run(site, 'bob', CANARY);
  await using late = await Listener.open(`${site.ws}?since=0`, as('ann'));
  ann.send({ type: 'subscribe', jobs: [early], types: ['work-of-ann', 'work-of-bob'], since: 0 });
  await ann.until(({ heard }) => heard.some(({ type }) => type === 'subscribed'));
  await run(site, 'bob', CANARY);
  const own = await run(site, 'ann', 'mine');
  for (const listener of [ann, late]) {
    await listener.until((ws) => ws.of(own).includes('job_completed'));
    expect(listener.updates.every(({ data }) => data.jobId === own)).toBe(true);
    expect(JSON.stringify(listener.heard)).not.toContain(CANARY);
  }
  await bob.until((ws) => ws.of(early).includes('job_completed'));
  expect(JSON.stringify(bob.updates)).toContain(CANARY);
});

test('a failing permission check counts as a refusal', async () => {
  await using site = await open();
  const secret = await run(site, 'bob', CANARY);
  await using unlucky = await Listener.open(`${site.ws}?since=0`, as('unlucky'));
  await run(site, 'bob', CANARY);
  const other = await run(site, 'ann', 'mine');
  await unlucky.until((ws) => ws.of(other).includes('job_completed'));
  expect(unlucky.of(secret)).toEqual([]);
  expect(unlucky.updates.every(({ data }) => data.jobId === other)).toBe(true);
});
