// Downloads from a real server that misbehaves in every way we know of, one path a case.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { listen, manualClock } from '../test/kit.ts';
import { addressGuard } from './address-guard.ts';
import { ImageConfig } from './config.ts';
import { download } from './download.ts';
import { ImageFailure } from './failure.ts';

const KB = 1024;
const limits = { ...ImageConfig.parse({}).limits, maxBytes: 64 * KB };
const PICTURE = Buffer.from('GIF89a, as far as a download can tell');

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, { 'content-type': 'image/gif', ...headers }).end(PICTURE);
const typed =
  (type: string | undefined): Answer =>
  (response) =>
    response.writeHead(200, type ? { 'content-type': type } : {}).end(PICTURE);
const sent =
  (body: Buffer, headers: Record<string, string>): Answer =>
  (response) =>
    response.writeHead(200, { 'content-type': 'image/gif', ...headers }).end(body);
/** Never ends by itself. */
const endless: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'image/gif' });
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(16 * KB)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
};

const ANSWERS: Record<string, Answer> = {
  '/picture': sent(PICTURE, { 'content-length': String(PICTURE.length) }),
  '/no-length': (response) => {
    response.writeHead(200, { 'content-type': 'image/gif' }).write(PICTURE.subarray(0, 5));
    response.end(PICTURE.subarray(5));
  },
  '/gzip': sent(gzipSync(PICTURE), { 'content-encoding': 'gzip' }),
  '/brotli': sent(brotliCompressSync(PICTURE), { 'content-encoding': 'br' }),
  '/octets': typed('application/octet-stream'),
  '/untyped': typed(undefined),
  '/parameter': typed('image/jpeg; charset=binary'),
  '/302': status(302, { location: '/301' }),
  '/301': status(301, { location: '307' }),
  '/307': status(307, { location: '/picture' }),
  '/404': status(404),
  '/410': status(410),
  '/401': status(401),
  '/403': status(403),
  '/204': status(204),
  '/304': status(304),
  '/500': status(500),
  '/503': status(503, { 'retry-after': '7' }),
  '/429': status(429, { 'retry-after': '999999' }),
  '/503-date': status(503, { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' }),
  '/html': typed('text/html; charset=utf-8'),
  '/svg': typed('image/svg+xml'),
  '/json': typed('application/json'),
  '/zstd': sent(PICTURE, { 'content-encoding': 'zstd' }),
  '/not-gzip': sent(PICTURE, { 'content-encoding': 'gzip' }),
  '/declared-huge': (response) => {
    response.writeHead(200, { 'content-type': 'image/gif', 'content-length': '99999999999' }).write('G');
  },
  '/endless': endless,
  '/gzip-bomb': sent(gzipSync(Buffer.alloc(50 * KB * KB)), { 'content-encoding': 'gzip' }),
  '/brotli-bomb': sent(brotliCompressSync(Buffer.alloc(50 * KB * KB)), { 'content-encoding': 'br' }),
  '/loop': status(302, { location: '/loop' }),
  '/to-loopback': status(302, { location: 'http://127.0.0.1/' }),
  '/to-decimal': status(302, { location: 'http://2130706433/' }),
  '/to-metadata': status(301, { location: 'http://169.254.169.254/latest/meta-data/' }),
  '/to-ipv6': status(308, { location: 'http://[::1]/' }),
  '/to-file': status(302, { location: 'file:///etc/passwd' }),
  '/to-credentials': status(302, { location: 'http://user:password@example.com/' }),
  '/to-nowhere': status(302),
  '/cut': (response) => {
    response
      .writeHead(200, { 'content-type': 'image/gif', 'content-length': '1000' })
      .write('GIF89a', () => response.destroy());
  },
  '/reset': (response) => response.destroy(),
  '/huge-head': status(200, { 'x-filler': 'x'.repeat(100_000) }),
  '/drip': (response) => {
    response.writeHead(200, { 'content-type': 'image/gif', 'content-length': '1000' }).write('G');
  },
  '/silent': () => {},
};

async function start() {
  const seen: string[] = [];
  const arrivals = new EventTarget();
  const server = await listen((request, response) => {
    seen.push(request.url ?? '');
    ANSWERS[request.url ?? '']?.(response, request);
    arrivals.dispatchEvent(new Event(request.url ?? ''));
  });
  const host = `127.0.0.1:${server.port}`;
  const clock = manualClock();
  const abort = new AbortController();
  const told: [number, number | null][] = [];
  const options = {
    guard: addressGuard({ allowHosts: [host] }),
    limits,
    clock,
    signal: abort.signal,
    progress: async (received: number, total: number | null) => void told.push([received, total]),
  };
  const asked = (path: string) => new Promise((resolve) => arrivals.addEventListener(path, resolve, { once: true }));
  return {
    get: (path: string) => download(`http://${host}${path}`, options),
    options,
    clock,
    abort,
    told,
    seen,
    asked,
  };
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('it should have failed')),
    (error: unknown) => (error instanceof ImageFailure ? error : Promise.reject(error)),
  );

test.each(['/picture', '/no-length', '/gzip', '/brotli', '/octets', '/untyped', '/parameter', '/302'])(
  '%s is downloaded completely',
  async (path) => {
    const { get } = await start();
    expect(await get(path)).toEqual(PICTURE);
  },
);

test('progress reports received and total bytes, without a total for compressed or unannounced bodies', async () => {
  const { get, told } = await start();
  await get('/picture');
  expect(told.at(-1)).toEqual([PICTURE.length, PICTURE.length]);
  await get('/gzip');
  expect(told.at(-1)).toEqual([PICTURE.length, null]);
});

test.each([
  ['/404', 'SOURCE_NOT_FOUND', false],
  ['/410', 'SOURCE_NOT_FOUND', false],
  ['/401', 'SOURCE_REFUSED', false],
  ['/403', 'SOURCE_REFUSED', false],
  ['/204', 'SOURCE_REFUSED', false],
  ['/304', 'SOURCE_REFUSED', false],
  ['/to-nowhere', 'SOURCE_REFUSED', false],
  ['/500', 'SOURCE_UNAVAILABLE', true],
  ['/503', 'SOURCE_UNAVAILABLE', true],
  ['/429', 'SOURCE_UNAVAILABLE', true],
  ['/cut', 'SOURCE_UNAVAILABLE', true],
  ['/reset', 'SOURCE_UNAVAILABLE', true],
  ['/huge-head', 'SOURCE_UNAVAILABLE', true],
  ['/not-gzip', 'SOURCE_UNAVAILABLE', true],
  ['/html', 'WRONG_TYPE', false],
  ['/svg', 'WRONG_TYPE', false],
  ['/json', 'WRONG_TYPE', false],
  ['/zstd', 'WRONG_TYPE', false],
  ['/declared-huge', 'SOURCE_TOO_LARGE', false],
  ['/endless', 'SOURCE_TOO_LARGE', false],
  ['/gzip-bomb', 'SOURCE_TOO_LARGE', false],
  ['/brotli-bomb', 'SOURCE_TOO_LARGE', false],
  ['/loop', 'TOO_MANY_REDIRECTS', false],
  ['/to-loopback', 'BLOCKED_ADDRESS', false],
  ['/to-decimal', 'BLOCKED_ADDRESS', false],
  ['/to-metadata', 'BLOCKED_ADDRESS', false],
  ['/to-ipv6', 'BLOCKED_ADDRESS', false],
  ['/to-file', 'INVALID_URL', false],
  ['/to-credentials', 'INVALID_URL', false],
])('%s fails as %s, retryable: %s', async (path, code, retryable) => {
  const { get } = await start();
  const failure = await failureOf(get(path));
  expect([failure.code, failure.retryable]).toEqual([code, retryable]);
  expect(failure.message).not.toContain('127.0.0.1');
});

test('a redirect loop ends after the third redirect', async () => {
  const { get, seen } = await start();
  await failureOf(get('/loop'));
  expect(seen).toEqual(['/loop', '/loop', '/loop', '/loop']);
});

test('Retry-After in seconds becomes the retry delay, at most an hour; a date is ignored', async () => {
  const { get } = await start();
  expect((await failureOf(get('/503'))).retryDelay).toBe(7_000);
  expect((await failureOf(get('/429'))).retryDelay).toBe(3_600_000);
  expect((await failureOf(get('/503-date'))).retryDelay).toBeUndefined();
});

describe('time', () => {
  test.each(['/drip', '/silent'])('%s is abandoned after the time limit and may be retried', async (path) => {
    const { get, clock, asked } = await start();
    const arrived = asked(path);
    const failure = failureOf(get(path));
    await arrived;
    clock.advance(limits.time);
    const { code, retryable } = await failure;
    expect([code, retryable]).toEqual(['SOURCE_TIMEOUT', true]);
  });

  test('a resolver that never answers is abandoned after the time limit', async () => {
    const { options, clock } = await start();
    const guard = addressGuard({ allowHosts: [], resolve: () => new Promise(() => {}) });
    const failure = failureOf(download('http://slow.test/', { ...options, guard }));
    clock.advance(limits.time);
    expect((await failure).code).toBe('SOURCE_TIMEOUT');
  });

  test('an aborted job ends the download with the reason of the abort', async () => {
    const { get, abort, asked } = await start();
    const arrived = asked('/drip');
    const outcome = expect(get('/drip')).rejects.toThrow('cancelled by a person');
    await arrived;
    abort.abort(new Error('cancelled by a person'));
    await outcome;
  });
});
