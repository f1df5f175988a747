// The one connection of a page, where who follows what changes faster than the server answers.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { JobMessage } from '../job.ts';
import { eventFollow } from './event-follow.ts';
import type { EventFilter, Follower } from './follower.ts';
import type { JobFunctions } from './job-functions.ts';
import { type Line, type LineEvents, openLink } from './link.ts';
import { createLive } from './live.ts';
import type { Transport } from './transports.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The server's side of each opened connection. */
interface Side extends LineEvents {
  sent: string[];
}

/** A page whose server is the test. */
function rig() {
  const sides: Side[] = [];
  const start = (on: LineEvents): Line => {
    const sent: string[] = [];
    sides.push({ ...on, sent });
    queueMicrotask(() => on.message({ type: 'hello', id: 1, heartbeat: 1_000_000 }));
    return { close: () => {}, send: (text) => sent.push(text) };
  };
  const transports: Transport[] = [{ kind: 'socket', open: (opening) => openLink(opening, start) }];
  return { live: createLive({ transports, retryDelay: 500, random: () => 0.5 }), sides };
}

function follower(filter: EventFilter) {
  const heard: string[] = [];
  const one: Follower = {
    filter,
    hear: ({ data }) => heard.push(data.status),
    ready: () => heard.push('ready'),
    resync: () => heard.push('resync'),
    look: async () => {},
    end: () => heard.push('end'),
  };
  return { one, heard };
}

const update = (id: number, jobId: string) =>
  ({ id, type: 'job_update', data: { jobId, jobType: 'email', status: 'completed' } }) as JobMessage;
const soon = () => vi.advanceTimersByTimeAsync(150);

test('a follower that returns for a name just dropped becomes ready once its events arrive', async () => {
  const { live, sides } = rig();
  live.follow(follower({ jobs: ['a'] }).one);
  const leave = live.follow(follower({ jobs: ['b'] }).one);
  await soon();
  leave();
  await soon();
  const again = follower({ jobs: ['b'] });
  live.follow(again.one);
  await soon();
  const [server] = sides;
  expect(server?.sent.map((text) => JSON.parse(text).jobs)).toEqual([['a'], ['a', 'b']]);
  // The server has not answered: before it receives the second message it may send nothing of b.
  expect(again.heard).toEqual([]);
  server?.message({ type: 'subscribed', id: 2 });
  await soon();
  expect(again.heard).toEqual([]);
  server?.message({ type: 'subscribed', id: 3 });
  await soon();
  expect(again.heard).toEqual(['ready']);
  live.close();
});

test('a follower that leaves while an event is delivered receives it no more', async () => {
  const { live, sides } = rig();
  const heard: string[] = [];
  let leave = (): void => {};
  live.follow({ ...follower({}).one, hear: () => leave() });
  leave = live.follow(eventFollow({}, {} as JobFunctions, ({ data }) => heard.push(data.status)));
  await soon();
  sides[0]?.message(update(2, 'a'));
  expect(heard).toEqual([]);
  live.close();
});
