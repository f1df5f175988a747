// One picture over HTTP: redirects by hand, every hop through the guard, and limits of size, time and type.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { PluginClock } from '@phraseworks/sdk';
import { systemCode } from '@phraseworks/sdk';
import { fetchableUrl, type Guard } from './address-guard.ts';
import type { Limits } from './config.ts';
import { ImageFailure } from './failure.ts';
import { checkHead, readBody, redirectOf } from './response.ts';

/** Settles like `work`, or rejects with the reason of `signal` if that fires first. */
function orAbort<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

const MAX_REDIRECTS = 3;

export interface DownloadOptions {
  guard: Guard;
  limits: Limits;
  clock: PluginClock;
  signal: AbortSignal;
  /** Called after each chunk; `total` is null if the server did not send a length. */
  progress(received: number, total: number | null): Promise<void>;
}

/** Connects to the checked addresses, whatever the name resolves to by then. */
const pinned =
  (addresses: Awaited<ReturnType<Guard>>): LookupFunction =>
  (_hostname, options, callback) => {
    const first = addresses[0];
    if (options.all || !first) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };

async function get(url: URL, guard: Guard, signal: AbortSignal): Promise<IncomingMessage> {
  const lookup = pinned(await orAbort(signal, guard(url)));
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // No agent: a kept-alive connection would lead to an address that was checked for another job.
    const sent = request(url, {
      agent: false,
      lookup,
      signal,
      rejectUnauthorized: true,
      headers: {
        accept: 'image/avif,image/webp,image/png,image/jpeg,image/gif',
        'accept-encoding': 'identity',
        'user-agent': 'PhraseWorks-Jobs (image)',
      },
    });
    sent.on('response', resolve);
    sent.on('error', reject);
    sent.end();
  });
}

async function follow(start: URL, options: DownloadOptions, signal: AbortSignal): Promise<Buffer> {
  let url = start;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await get(url, options.guard, signal);
    const location = redirectOf(response);
    if (location === null) {
      try {
        checkHead(response, options.limits);
        return await readBody(response, options.limits, options.progress);
      } finally {
        response.destroy();
      }
    }
    response.destroy();
    const next = fetchableUrl(location, url);
    if (!next)
      throw new ImageFailure('INVALID_URL', 'data.sourceUrl redirects to something that is not an http(s) URL');
    url = next;
  }
  throw new ImageFailure('TOO_MANY_REDIRECTS', `data.sourceUrl redirects more than ${MAX_REDIRECTS} times`);
}

/** Downloads `address`. Throws `ImageFailure`, or the reason of `signal` if it fires. */
export async function download(address: string, options: DownloadOptions): Promise<Buffer> {
  const url = fetchableUrl(address);
  if (!url) throw new ImageFailure('INVALID_URL', 'data.sourceUrl must be an http(s) URL without user and password');
  const late = new AbortController();
  const { time } = options.limits;
  const stop = options.clock.after(time, () =>
    late.abort(new ImageFailure('SOURCE_TIMEOUT', `the download took longer than ${time} ms`)),
  );
  const signal = AbortSignal.any([options.signal, late.signal]);
  try {
    return await follow(url, options, signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof ImageFailure) throw cause;
    throw new ImageFailure('SOURCE_UNAVAILABLE', `the download of data.sourceUrl was interrupted${systemCode(cause)}`, {
      cause,
    });
  } finally {
    stop();
  }
}
