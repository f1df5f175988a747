import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HandClock } from '../../test/hand-clock.ts';
import { emit, event, Listener, numbered, openLedger, silent, turns } from '../../test/live-stand.ts';
import { resolveSettings } from '../kernel/config.ts';
import type { Ledger } from '../store/ledger.ts';
import type { ConnectOptions } from './client.ts';
import type { Connection } from './connection.ts';
import { filterOf, readQuery } from './filter.ts';
import { Hub } from './hub.ts';

const settings = resolveSettings({});
let clock: HandClock;
let ledger: Ledger;
let hub: Hub;

beforeEach(async () => {
  clock = new HandClock();
  ledger = await openLedger(clock);
  hub = new Hub({ ledger, clock, log: silent, settings });
});
afterEach(async () => {
  hub.stop();
  await ledger.dialect.close();
});

/** Another hub, whose feed does some of this in its own way. */
function replaceHub(over: Partial<Ledger['feed']> = {}): void {
  hub.stop();
  const real = {
    onCommit: ledger.feed.onCommit.bind(ledger.feed),
    since: ledger.feed.since.bind(ledger.feed),
    newestId: ledger.feed.newestId.bind(ledger.feed),
  };
  const own = Object.create(ledger, { feed: { value: { ...real, ...over } } });
  hub = new Hub({ ledger: own, clock, log: silent, settings });
}

async function join(options: ConnectOptions = {}): Promise<{ client: Listener; connection: Connection }> {
  const client = new Listener();
  const connection = hub.connect(client, options);
  await client.until(1);
  await turns();
  return { client, connection };
}

test('a client receives only the jobs and types it listed, and a later list replaces the first', async () => {
  const { client, connection } = await join({ filter: filterOf({ jobs: ['b'], types: ['image'] }) });
  await emit(ledger, [event('a'), event('b'), event('c', { jobType: 'image' }), event('b', { jobType: 'image' })]);
  await turns();
  expect(client.jobs).toEqual(['b', 'c', 'b']);

  connection.receive(JSON.stringify({ type: 'subscribe', jobs: ['a'] }));
  expect(client.messages.at(-1)).toEqual({ type: 'subscribed', id: 4_000 });
  await emit(ledger, [event('b'), event('a')]);
  await turns();
  expect(client.jobs.slice(3)).toEqual(['a']);

  connection.receive(JSON.stringify({ type: 'subscribe', jobs: [] }));
  await emit(ledger, [event('a')]);
  connection.receive(JSON.stringify({ type: 'subscribe' }));
  await emit(ledger, [event('d')]);
  await turns();
  expect(client.jobs.slice(4)).toEqual(['d']);
});

test('a client that wants one event per period gets the first, then a reload per period while others match', async () => {
  const { client, connection } = await join({ every: 1_000 });
  await emit(ledger, numbered(1, 3));
  await turns();
  expect(client.jobs).toEqual(['job-1']);
  clock.advance(1_000);
  expect(client.messages.at(-1)).toEqual({ type: 'resync', id: 3_000 });
  await emit(ledger, numbered(4, 4));
  await turns();
  expect(client.jobs).toEqual(['job-1']);
  clock.advance(1_000);
  expect(client.messages.at(-1)).toEqual({ type: 'resync', id: 4_000 });

  clock.advance(1_000);
  await emit(ledger, numbered(5, 5));
  await turns();
  expect(client.jobs).toEqual(['job-1', 'job-5']);
  connection.receive(JSON.stringify({ type: 'subscribe', jobs: ['job-7'] }));
  await emit(ledger, numbered(6, 6));
  clock.advance(1_000);
  expect(client.messages.at(-1)).toEqual({ type: 'subscribed', id: 5_000 });
  await emit(ledger, numbered(7, 7));
  await turns();
  expect(client.jobs.at(-1)).toBe('job-7');
  connection.closed();
  expect(clock.timers).toBe(0);
});

test('a client that leaves out events gets a reload for one whose permission was being checked', async () => {
  let allow: () => void = () => {};
  const may = ({ jobId }: { jobId: string }) =>
    jobId !== 'b' || new Promise<boolean>((resolve) => (allow = () => resolve(true)));
  const { client, connection } = await join({ every: 1_000, may });
  await emit(ledger, [event('a')]);
  await turns();
  connection.receive(JSON.stringify({ type: 'subscribe', jobs: ['b'] }));
  await emit(ledger, [event('b')]);
  await turns();
  clock.advance(1_000);
  allow();
  await turns();
  expect(client.messages.map(({ type }) => type)).toEqual(['hello', 'job_update', 'subscribed', 'resync']);
});

test.each(['', '0', '-1', '1.5', '60001', 'x'])('a period of %j is refused', (every) => {
  expect(() => readQuery({ every })).toThrow(/^every (must be a whole number|is too (small|large))/);
});

test('each event reaches only clients that may see it, in order, however long the check takes', async () => {
  const answers: (() => void)[] = [];
  const slow = await join({ may: ({ jobId }) => new Promise((resolve) => answers.push(() => resolve(jobId !== 'b'))) });
  const quick = await join({ may: ({ jobId }) => jobId !== 'c' });
  const broken = await join({
    may: ({ jobId }) => {
      if (jobId !== 'a') throw new Error('no');
      return true;
    },
  });
  await emit(ledger, [event('a'), event('b'), event('c')]);
  await turns();
  expect(slow.client.jobs).toEqual([]);
  for (let asked = 0; asked < 3; asked += 1) {
    answers[asked]?.();
    await turns();
  }
  expect(slow.client.jobs).toEqual(['a', 'c']);
  expect(quick.client.jobs).toEqual(['a', 'b']);
  expect(broken.client.jobs).toEqual(['a']);
});

test('an event for 5,000 clients is sent to 500 per turn of the event loop', async () => {
  let sent = 0;
  let most = 0;
  const clients = Array.from({ length: 5_000 }, () =>
    hub.connect({
      send: () => {
        sent += 1;
      },
      close: () => {},
      buffered: () => 0,
    }),
  );
  while (sent < 5_000) await turns(1);
  await turns(40);
  sent = 0;
  await emit(ledger, [event('a')]);
  for (let before = 0; sent < 5_000; before = sent) {
    await turns(1);
    most = Math.max(most, sent - before);
  }
  expect(most).toBe(500);
  for (const client of clients) client.closed();
  expect(hub.size).toBe(0);
});

describe('messages', () => {
  test.each([
    ['not json', 'message must be valid JSON'],
    ['[]', 'message must be object'],
    ['{"type":"publish"}', 'message.type must be one of "subscribe"'],
    ['{"type":"subscribe","jobs":"x"}', 'message.jobs must be array'],
    ['{"type":"subscribe","types":[""]}', 'message.types[0] is too small or too short: at least 1'],
    ['{"type":"subscribe","since":1}', 'message has an unknown key'],
    [
      JSON.stringify({ type: 'subscribe', jobs: Array(101).fill('a') }),
      'message.jobs is too large or too long: at most 100',
    ],
  ])('%s is refused and changes nothing', async (text, detail) => {
    const { client, connection } = await join({ filter: filterOf({ jobs: ['a'] }) });
    connection.receive(text);
    expect(client.messages[1]).toEqual({ type: 'error', code: 'INVALID_DATA', detail });
    await emit(ledger, [event('a'), event('b')]);
    await turns();
    expect(client.jobs).toEqual(['a']);
  });

  test('the 21st message within a second closes the connection', async () => {
    const { client, connection } = await join();
    for (let i = 0; i < 20; i += 1) connection.receive('{"type":"subscribe"}');
    clock.advance(1_000);
    for (let i = 0; i < 20; i += 1) connection.receive('{"type":"subscribe"}');
    expect(client.ended).toBeUndefined();
    connection.receive('{"type":"subscribe"}');
    expect(client.ended).toEqual({ code: 1008, reason: 'too many messages' });
  });
});

test('the end a store that does not answer closes the client with 1011', async () => {
  replaceHub({ newestId: () => Promise.reject(new Error('gone')) });
  const client = new Listener();
  hub.connect(client);
  await client.until(1);
  expect(client.ended).toEqual({ code: 1011, reason: 'events could not be read' });
});

describe('replay', () => {
  const names = (from: number, to: number): string[] => numbered(from, to).map(({ jobId }) => jobId);
  const ids = (client: Listener): number[] =>
    client.messages.flatMap(({ type, id }) => (type === 'job_update' ? [id] : []));

  function join(since: number | undefined, jobs?: string[]): Listener {
    const client = new Listener();
    hub.connect(client, { since, filter: filterOf({ jobs }) });
    return client;
  }

  test('no event is lost between a late answer of the store and the live events', async () => {
    const late = async <T>(answer: Promise<T>): Promise<T> => {
      const value = await answer;
      await turns(3);
      return value;
    };
    replaceHub({
      since: (id, limit) => late(ledger.feed.since(id, limit)),
      newestId: () => late(ledger.feed.newestId()),
    });
    await emit(ledger, numbered(1, 5));
    const clients: { client: Listener; since: number | undefined }[] = [];
    for (let i = 6; i <= 60; i += 1) {
      const since = i % 2 === 0 ? 1_000 : undefined;
      clients.push({ client: join(since), since });
      await emit(ledger, numbered(i, i));
      await turns(i % 5);
    }
    await Promise.all(clients.map(({ client }) => client.until(1)));
    await turns(200);
    for (const { client, since } of clients) {
      const from = client.jobs[0] ?? 'job-61';
      expect(client.jobs).toEqual(names(Number(from.slice(4)), 60));
      const greeting = since ?? client.messages[0]?.id ?? 0;
      expect(ids(client).at(0) ?? 61_000).toBe((Math.floor(greeting / 1_000) + 1) * 1_000);
    }
  });

  test('clients that catch up together read each page once, even while events happen', async () => {
    const asked: number[] = [];
    replaceHub({
      since: (id, limit) => {
        asked.push(id);
        return ledger.feed.since(id, limit);
      },
    });
    await emit(ledger, numbered(1, 100));
    const clients = Array.from({ length: 20 }, () => join(0));
    for (let n = 101; n <= 120; n += 1) {
      await emit(ledger, numbered(n, n));
      await turns(2);
    }
    await Promise.all(clients.map((client) => client.until(1 + 120)));
    for (const client of clients) expect(client.jobs).toEqual(names(1, 120));
    expect(asked).toEqual([...new Set(asked)]);
  });

  describe('commits without an event', () => {
    const announce = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) await ledger.transact(async (_tx, changes) => changes.announce('plugins'));
    };

    test.each([1, 10, 500])('are no end: after %i of them a client that returns gets what it missed', async (count) => {
      await emit(ledger, numbered(1, 2));
      await announce(count);
      await emit(ledger, numbered(3, 4));
      await announce(count);
      replaceHub();
      const client = join(1_000);
      await client.until(1 + 3);
      await turns();
      await emit(ledger, numbered(5, 5));
      await client.until(1 + 4);
      expect(client.jobs).toEqual(names(2, 5));
      expect(client.messages.map(({ type }) => type)).not.toContain('resync');
    });

    test.each([1, 30])(
      'let a client that returns after %i of them to an idle site wait without reading',
      async (count) => {
        let asked = 0;
        replaceHub({
          since: (id, limit) => {
            asked += 1;
            return ledger.feed.since(id, limit);
          },
        });
        await emit(ledger, numbered(1, 2));
        // Nobody has listened for over a minute, so nothing is kept in memory.
        clock.advance(60_001);
        await announce(count);
        const client = join(2_000);
        await client.until(1);
        await turns(100);
        const before = asked;
        expect(before).toBeLessThan(10);
        await turns(100);
        expect(asked).toBe(before);
        await emit(ledger, numbered(3, 3));
        await client.until(2);
        expect(client.jobs).toEqual(['job-3']);
      },
    );
  });

  test('a slow client that reads late receives everything, from the store if it did not fit into memory', async () => {
    const client = join(undefined);
    await client.until(1);
    client.full = 2_000_000;
    await emit(ledger, numbered(1, 3_000));
    await turns();
    expect(client.jobs).toEqual([]);
    client.full = 0;
    clock.advance(50);
    await client.until(3_001);
    expect(client.jobs).toEqual(names(1, 3_000));
  });
});
