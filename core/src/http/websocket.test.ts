import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LiveServer, openLiveServer, Peer } from '../../test/live-server.ts';
import { emit, event, turns } from '../../test/live-stand.ts';

describe.each(['plain', 'serve'] as const)('a WebSocket of a server: %s', (way) => {
  let live: LiveServer;
  beforeEach(async () => {
    live = await openLiveServer(way, { origins: ['https://cms.example.com'] });
  });
  afterEach(() => live.close());

  const peer = (query = '', options = {}): Peer => new Peer(`ws://${live.address}/jobs/ws${query}`, options);

  test('is greeted and receives every event', async () => {
    const client = peer('?clientId=tab-1');
    expect(await client.ready()).toEqual({ type: 'hello', id: 999, heartbeat: 30_000 });
    await emit(live.ledger, [event('a')]);
    expect(await client.job('a')).toEqual({ id: 1_000, type: 'job_update', data: event('a') });
    expect(live.hub.size).toBe(1);
  });

  test.each([
    ['its own', 'http://HOST', 'open'],
    ['one that is allowed', 'https://cms.example.com', 'open'],
    ['a foreign one', 'https://evil.example', 403],
    ['one that only begins like its own', 'http://HOST.evil.example', 403],
    ['that of a sandbox', 'null', 403],
  ])('from a page whose origin is %s: %s, %s', async (_name, origin, outcome) => {
    const client = peer('', { headers: { origin: origin.replace('HOST', live.address) } });
    expect(await Promise.race([client.over, client.ready().then(() => 'open')])).toBe(outcome);
  });

  test.each([
    ['?who=stranger', {}, 401],
    ['', { 'x-user': 'nobody' }, 403],
    ['?since=yesterday', {}, 400],
    ['?ticket=AAAA', {}, 401],
  ])('%s %j is refused with an HTTP answer', async (query, headers, status) => {
    expect(await peer(query, { headers }).over).toBe(status);
    expect(live.hub.size).toBe(0);
  });

  test('subscribes, and gets an error for an invalid message', async () => {
    const client = peer();
    await client.ready();
    client.socket.send('{"type":"subscribe","jobs":["a"]}');
    await client.message(({ type }) => type === 'subscribed');
    client.socket.send('{"type":"subscribe","jobs":7}');
    const refusal = await client.message(({ type }) => type === 'error');
    expect(refusal).toEqual({ type: 'error', code: 'INVALID_DATA', detail: 'message.jobs must be array' });
    await emit(live.ledger, [event('b'), event('a')]);
    await client.job('a');
    expect(client.jobs).toEqual(['a']);
  });

  test.each([
    ['of 1 MB', Buffer.alloc(1_048_576, 'x').toString(), 1009],
    ['in binary', Buffer.from('{"type":"subscribe"}'), 1003],
  ])('that sends a message %s is closed', async (_name, message, code) => {
    const client = peer();
    await client.ready();
    client.socket.send(message);
    expect(await client.over).toBe(code);
  });

  test('stays open while it answers pings, and is dropped at the next ping after a missed one', async () => {
    const lively = peer();
    const dead = peer('', { autoPong: false });
    await Promise.all([lively.ready(), dead.ready()]);
    const pinged = Promise.all(
      [lively, dead].map(({ socket }) => new Promise((resolve) => socket.once('ping', resolve))),
    );
    live.clock.advance(30_000);
    await pinged;
    lively.socket.send('{"type":"subscribe"}');
    await lively.message(({ type }) => type === 'subscribed');
    live.clock.advance(30_000);
    expect(await dead.over).toBe(1006);
    await emit(live.ledger, [event('a')]);
    await lively.job('a');
    expect(live.hub.size).toBe(1);
  });

  test('is closed with 1001 when the server is stopping, and leaves no timer', async () => {
    const client = peer();
    await client.ready();
    live.live.stop();
    expect(await client.over).toBe(1001);
    expect(live.hub.size).toBe(0);
    while (live.clock.timers > 0) await turns(1);
  });
});
