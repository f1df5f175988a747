// A client that was cut off in the middle of a thousand jobs comes back and has missed nothing.
import { expect, test } from 'vitest';
import { forgetEvents, sharedDatabase } from '../support/database.ts';
import { Listener } from '../support/listener.ts';
import { openLiveSite } from '../support/live-site.ts';

const JOBS = 1_000;

test('two clients receive a thousand jobs alike, although one was disconnected and returned with since', async () => {
  await using site = await openLiveSite({ queue: { maxQueueSize: JOBS } });
  site.jobs.registerProcessor('count', async (data) => ({ success: true, result: data }));
  const add = (count: number) =>
    site.jobs.addJobs(Array.from({ length: count }, (_, n) => ({ type: 'count', data: n })));
  const done = (ws: Listener) => ws.updates.filter(({ data }) => data.event === 'job_completed').length;
  await using steady = await Listener.open(site.ws);
  const first = await Listener.open(site.ws);

  const adding = [add(300)];
  await steady.until((ws) => done(ws) >= 150);
  await first[Symbol.asyncDispose]();
  adding.push(add(300));
  await steady.until((ws) => done(ws) >= 450);
  adding.push(add(400));
  const last = first.updates.at(-1)?.id;
  await using second = await Listener.open(`${site.ws}?since=${last}`);
  await Promise.all(adding);
  await steady.until((ws) => done(ws) === JOBS);
  const newest = steady.updates.at(-1)?.id;
  await second.until((ws) => ws.updates.at(-1)?.id === newest);

  expect([...first.updates, ...second.updates]).toEqual(steady.updates);
  expect([...steady.heard, ...second.heard].filter(({ type }) => type === 'resync')).toEqual([]);
  expect(second.updates[0]?.id).toBeLessThan(second.heard[0]?.id ?? 0);
  const events = steady.updates.map(({ data }) => data.event);
  for (const name of ['job_added', 'job_started', 'job_completed']) {
    expect(events.filter((event) => event === name)).toHaveLength(JOBS);
  }
});

test('a client whose missed events were removed by retention gets a resync and then the live events', async () => {
  const database = await sharedDatabase();
  await using site = await openLiveSite({ database });
  site.jobs.registerProcessor('count', async () => {});
  const run = async () => {
    const { id } = await site.jobs.addJob({ type: 'count', data: {} });
    await site.ended(id);
    return id;
  };
  let last: number | undefined;
  {
    await using ws = await Listener.open(site.ws);
    const id = await run();
    await ws.until(() => ws.of(id).includes('job_completed'));
    last = ws.updates.at(-1)?.id;
  }
  // More than memory keeps, so that only the store could replay them.
  await site.jobs.addJobs(Array.from({ length: 1_000 }, () => ({ type: 'count', data: {}, delay: 3_600_000 })));
  await run();
  await forgetEvents(database);
  await using ws = await Listener.open(`${site.ws}?since=${last}`);
  await ws.until(({ heard }) => heard.some(({ type }) => type === 'resync'));
  const id = await run();
  await ws.until(() => ws.of(id).includes('job_completed'));
  expect(ws.updates.map(({ data }) => data.jobId)).toEqual([id, id, id]);
});
