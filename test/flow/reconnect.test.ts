// A client that was cut off in the middle of a thousand jobs comes back and has missed nothing.
import { expect, test } from 'vitest';
import { Listener } from '../support/listener.ts';
import { openLiveSite } from '../support/live-site.ts';

const JOBS = 1_000;

test('two clients hear a thousand jobs alike, though one was cut off twice and came back with since', async () => {
  await using site = await openLiveSite({ queue: { maxQueueSize: 2_000 } });
  site.jobs.registerProcessor('count', async (data) => ({ success: true, result: data }));
  const done = (ws: Listener) => ws.updates.filter(({ data }) => data.event === 'job_completed').length;
  await using steady = await Listener.open(site.ws);
  const shaky = [await Listener.open(site.ws)];

  const adding = (async () => {
    for (let n = 0; n < JOBS; n += 50) {
      await site.jobs.addJobs(Array.from({ length: 50 }, (_, i) => ({ type: 'count', data: n + i })));
    }
  })();
  for (const [cutAt, backAt] of [
    [150, 450],
    [600, 1_000],
  ] as const) {
    const before = shaky.at(-1) as Listener;
    await steady.until((ws) => done(ws) >= cutAt);
    before.socket.terminate();
    await before.over;
    await steady.until((ws) => done(ws) >= backAt);
    const last = before.updates.at(-1)?.id ?? before.heard[0]?.id;
    shaky.push(await Listener.open(`${site.ws}?since=${last}`));
  }
  await adding;
  const all = () => shaky.flatMap(({ updates }) => updates);
  await steady.until((ws) => done(ws) === JOBS);
  await shaky.at(-1)?.until(() => all().length >= steady.updates.length);

  expect(all()).toEqual(steady.updates);
  expect(shaky.map(({ updates }) => updates.length > 0)).toEqual([true, true, true]);
  expect(steady.heard.filter(({ type }) => type === 'resync')).toEqual([]);
  const events = steady.updates.map(({ data }) => data.event);
  expect(events.filter((event) => event === 'job_added')).toHaveLength(JOBS);
  expect(events.filter((event) => event === 'job_started')).toHaveLength(JOBS);
  await shaky.at(-1)?.[Symbol.asyncDispose]();
});

test('a client whose last event is no longer kept is told to ask for the jobs anew', async () => {
  await using site = await openLiveSite();
  site.jobs.registerProcessor('count', async () => {});
  await using ws = await Listener.open(`${site.ws}?since=999999999`);
  await ws.until(({ heard }) => heard.some(({ type }) => type === 'resync'));
  const { id } = await site.jobs.addJob({ type: 'count', data: {} });
  await ws.until(() => ws.of(id).includes('job_completed'));
});
