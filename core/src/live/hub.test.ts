import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  emit,
  emitTogether,
  event,
  Listener,
  ManualClock,
  numbered,
  openLedger,
  silent,
  turns,
} from '../../test/live-stand.ts';
import type { Ledger } from '../store/ledger.ts';
import type { ConnectOptions, LiveConnection } from './client.ts';
import { filterOf } from './filter.ts';
import { Hub } from './hub.ts';

let clock: ManualClock;
let ledger: Ledger;
let hub: Hub;

beforeEach(async () => {
  clock = new ManualClock();
  ledger = await openLedger(clock);
  hub = new Hub({ ledger, clock, log: silent });
});
afterEach(async () => {
  hub.stop();
  await ledger.dialect.close();
});

async function join(options: ConnectOptions = {}): Promise<{ client: Listener; connection: LiveConnection }> {
  const client = new Listener();
  const connection = hub.connect(client, options);
  await client.until(1);
  await turns();
  return { client, connection };
}

test('the first message tells the newest id and how often to expect a sign of life', async () => {
  await emit(ledger, numbered(1, 3));
  const { client } = await join();
  expect(client.messages).toEqual([{ type: 'hello', id: await ledger.newestId(), heartbeat: 30_000 }]);
});

test('an event is sent as it was stored, made once for all clients', async () => {
  const [one, two] = [await join(), await join()];
  await emit(ledger, [event('a', { event: 'job_failed', status: 'failed', error: 'no route' })]);
  await Promise.all([one.client.until(2), two.client.until(2)]);
  const data = event('a', { event: 'job_failed', status: 'failed', error: 'no route' });
  expect(one.client.messages[1]).toEqual({ id: 1_000, type: 'job_update', data });
  expect(one.client.frames[1]).toBe(two.client.frames[1]);
});

test('a client hears only the jobs and types it listed, and a later list replaces the first', async () => {
  const { client, connection } = await join({ filter: filterOf(['b'], ['image']) });
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

test('a message that comes before the greeting is answered after it', async () => {
  const client = new Listener();
  hub.connect(client).receive('{"type":"subscribe","types":["email"]}');
  await client.until(2);
  expect(client.messages.map(({ type }) => type)).toEqual(['hello', 'subscribed']);
});

test('each event goes only to clients that may see it, in order, however long the answer takes', async () => {
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

test('an event for 5,000 clients is sent to 500 in one turn of the event loop', async () => {
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

test('of events with large results fewer are sent in one turn', async () => {
  const { client } = await join();
  await turns(40);
  let most = 0;
  await emitTogether(ledger, numbered(1, 200, { result: 'x'.repeat(16_000) }));
  for (let before = client.frames.length; client.jobs.length < 200; before = client.frames.length) {
    await turns(1);
    most = Math.max(most, client.frames.length - before);
  }
  expect(most).toBe(63);
});

test('a burst of 5,000 events closes nobody and reaches all in order', async () => {
  const { client } = await join();
  await emitTogether(ledger, numbered(1, 5_000));
  await client.until(5_001);
  expect(client.jobs).toEqual(numbered(1, 5_000).map(({ jobId }) => jobId));
});

describe('messages', () => {
  test.each([
    ['not json', 'message must be valid JSON'],
    ['[]', 'message must be an object'],
    ['{"type":"publish"}', 'type must be "subscribe"'],
    ['{"type":"subscribe","job":"x"}', 'message may have only the fields type, jobs, types, since'],
    ['{"type":"subscribe","jobs":"x"}', 'jobs must be a list of texts'],
    ['{"type":"subscribe","types":[""]}', 'types must be texts of 1 to 191 characters'],
    ['{"type":"subscribe","since":-1}', 'since must be the id of an event: a whole number, 0 at least'],
    [
      JSON.stringify({ type: 'subscribe', jobs: Array(60).fill('a'), types: Array(41).fill('b') }),
      'jobs and types may list 100 together',
    ],
  ])('%s is refused and changes nothing', async (text, detail) => {
    const { client, connection } = await join({ filter: filterOf(['a'], undefined) });
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

  test('a message above 64 kB closes the connection', async () => {
    const { client, connection } = await join();
    connection.receive('x'.repeat(65_537));
    expect(client.ended?.code).toBe(1009);
  });
});

describe('the end', () => {
  test('stop() hangs up on everybody, leaves no timer, and turns later clients away', async () => {
    const { client } = await join();
    hub.stop();
    expect(client.ended).toEqual({ code: 1001, reason: 'the server stops' });
    expect([hub.size, clock.timers]).toEqual([0, 0]);
    const late = new Listener();
    hub.connect(late);
    expect(late.ended?.code).toBe(1001);
    await emit(ledger, [event('a')]);
    await turns();
    expect(client.jobs).toEqual([]);
  });

  test('a store that does not answer closes the client with 1011', async () => {
    const failing = new Hub({
      ledger: { onCommit: () => () => {}, since: async () => [], newestId: () => Promise.reject(new Error('gone')) },
      clock,
      log: silent,
    });
    const client = new Listener();
    failing.connect(client);
    await client.until(1);
    expect(client.ended).toEqual({ code: 1011, reason: 'the events cannot be read now' });
  });
});
