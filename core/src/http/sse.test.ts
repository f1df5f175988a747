import { type ClientRequest, get, type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { floodUntilDropped, type LiveServer, openLiveServer } from '../../test/live-server.ts';
import { emit, event, type Message, numbered, turns } from '../../test/live-stand.ts';

let live: LiveServer;
const requests: ClientRequest[] = [];
beforeEach(async () => {
  live = await openLiveServer('attach');
});
afterEach(async () => {
  for (const sent of requests.splice(0)) sent.destroy();
  await live.close();
});

class Stream {
  readonly response: IncomingMessage;
  text = '';
  ended = false;
  #wake: () => void = () => {};

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk) => {
      this.text += chunk;
      this.#wake();
    });
    response.on('close', () => {
      this.ended = true;
      this.#wake();
    });
  }

  /** The events so far, each with its fields. */
  get events(): Record<string, string>[] {
    const blocks = this.text.split('\n\n').slice(0, -1);
    return blocks.map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2))));
  }

  get jobs(): string[] {
    const updates = this.events.filter((one) => one.event === 'job_update');
    return updates.map(({ data }) => (JSON.parse(data ?? '') as Message).data.jobId);
  }

  async until(fits: (stream: Stream) => boolean): Promise<void> {
    while (!fits(this)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function answer(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = get(`http://${live.address}/jobs${path}`, { headers }, resolve);
    sent.on('error', reject);
    requests.push(sent);
  });
}

async function open(path: string, headers: Record<string, string> = {}): Promise<Stream> {
  const stream = new Stream(await answer(path, headers));
  await stream.until(({ text }) => text.includes('event: hello'));
  return stream;
}

test('an event has its id, its name and the same JSON as on the WebSocket', async () => {
  const stream = await open('/events');
  await emit(live.ledger, [event('a')]);
  await stream.until(({ jobs }) => jobs.length === 1);
  const [retry, hello, update] = stream.events;
  expect(retry).toEqual({ retry: '3000' });
  expect(hello).toEqual({ id: '999', event: 'hello', data: '{"type":"hello","id":999,"heartbeat":30000}' });
  expect({ ...update, data: JSON.parse(update?.data ?? '') }).toEqual({
    id: '1000',
    event: 'job_update',
    data: { id: 1_000, type: 'job_update', data: event('a') },
  });
  expect(stream.response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
});

test('jobs and types select events, since replays them, and Last-Event-ID overrides since', async () => {
  await emit(live.ledger, [...numbered(1, 5), event('x', { jobType: 'image' }), event('y', { jobType: 'report' })]);
  const chosen = await open('/events?jobs=job-2,job-5&types=image&since=0');
  await chosen.until(({ jobs }) => jobs.length === 3);
  expect(chosen.jobs).toEqual(['job-2', 'job-5', 'x']);
  const back = await open('/events?since=0&jobs=', { 'Last-Event-ID': '5000' });
  await back.until(({ jobs }) => jobs.length === 2);
  expect(back.jobs).toEqual(['x', 'y']);
});

test('during a replay the last event id is never ahead of it', async () => {
  await emit(live.ledger, numbered(1, 3));
  const stream = await open('/events?since=1000');
  await stream.until(({ jobs }) => jobs.length === 2);
  expect(stream.events.map(({ id }) => id)).toEqual([undefined, '1000', '2000', '3000']);
});

test('an id that is too old is answered with a resync that sets a new one', async () => {
  await emit(live.ledger, numbered(1, 1_100));
  await live.ledger.dialect.db.deleteFrom('pwj_events').where('seq', '<', 1_050).execute();
  const stream = await open('/events?since=5000');
  await stream.until(({ events }) => events.length === 3);
  expect(stream.events[2]).toEqual({ id: '1100999', event: 'resync', data: '{"type":"resync","id":1100999}' });
});

test('a comment is sent every 15 seconds', async () => {
  const stream = await open('/events');
  for (let seconds = 0; seconds < 45; seconds += 15) live.clock.advance(15_000);
  await stream.until(({ text }) => text.split('\n:\n').length === 4);
});

test('a client that disconnects is removed with its timers', async () => {
  const stream = await open('/events');
  expect(live.hub.size).toBe(1);
  stream.response.destroy();
  while (live.hub.size > 0) await turns(1);
  expect(live.clock.timers).toBe(0);
});

test('a client that does not read is disconnected, and its memory is freed', async () => {
  const response = await answer('/events');
  response.pause();
  expect(await floodUntilDropped(live)).toBeGreaterThan(5_000);
  expect(live.clock.timers).toBe(0);
  const cut = new Promise((resolve) => response.on('close', resolve));
  response.on('error', () => {});
  response.resume();
  await cut;
  expect(response.complete).toBe(false);
});

test('the stream says that the server is stopping', async () => {
  const stream = await open('/events');
  live.live.stop();
  await stream.until(({ ended }) => ended);
  expect(stream.events.at(-1)).toEqual({ event: 'close', data: '{"code":1001,"reason":"the server is stopping"}' });
  expect(stream.response.complete).toBe(true);
});

test.each([
  ['/events?since=yesterday', {}, 400],
  ['/events', { 'last-event-id': 'x' }, 400],
  [`/events?jobs=${'a,'.repeat(100)}a`, {}, 400],
  ['/events?who=stranger', {}, 401],
  ['/events', { 'x-user': 'nobody' }, 403],
  ['/ws', {}, 400],
  ['/ws', { connection: 'close', upgrade: 'h2c' }, 400],
])('%s %j is refused', async (path, headers, status) => {
  const response = await answer(path, headers as Record<string, string>);
  response.resume();
  expect([response.statusCode, response.headers['content-type']]).toEqual([status, 'application/problem+json']);
  expect(live.hub.size).toBe(0);
});

test('a HEAD request is answered without opening a stream', async () => {
  const response = await new Promise<IncomingMessage>((resolve) => {
    request(`http://${live.address}/jobs/events`, { method: 'HEAD' }, resolve).end();
  });
  expect([response.statusCode, live.hub.size]).toEqual([200, 0]);
});
