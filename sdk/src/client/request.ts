// Requests to the API: with the page's token; returns JSON, or throws a `ClientError`.
import { ClientError, errorOf, noAnswer } from './client-error.ts';
import type { ClientOptions } from './options.ts';

/** Like for `fetch`, with headers as an object. */
export type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

export interface Requests {
  /** The page's own `fetch`, if it has one. */
  readonly own: unknown;
  /** The URL of a path, and the authentication headers. */
  url(path: string): string;
  headers(): Promise<Record<string, string>>;
  /** Resolves with a 2xx response. Throws `ClientError`. */
  send(path: string, init?: Init): Promise<Response>;
  /** The same as JSON; undefined for a response without a body. */
  json<T>(path: string, init?: Init): Promise<T>;
}

/** Milliseconds after which a request is aborted; uploads may take longer. */
const ANSWER_WITHIN = 30_000;

export function createRequests({ base = '/jobs', token, fetch: own }: ClientOptions): Requests {
  const root = base.replace(/\/+$/, '');
  const url = (path: string): string => root + path;

  const headers = async (): Promise<Record<string, string>> => {
    const value = typeof token === 'function' ? await token() : token;
    return value ? { Authorization: `Bearer ${value}` } : {};
  };

  const send = (path: string, init: Init = {}): Promise<Response> =>
    answered(async () => {
      const ask = own ?? fetch;
      const response = await ask(url(path), {
        // Not supported by every browser, which then waits.
        signal: init.method ? null : (AbortSignal.timeout?.(ANSWER_WITHIN) ?? null),
        ...init,
        headers: { ...(await headers()), ...init.headers },
      });
      if (response.ok) return response;
      throw errorOf(response.status, await response.text(), response.headers.get('retry-after'));
    }, init);

  const json = <T>(path: string, init?: Init): Promise<T> =>
    answered(async () => parse(await (await send(path, init)).text()) as T, init);

  return { own, url, headers, send, json };
}

/** An abort by the caller is rethrown unchanged. */
async function answered<T>(work: () => Promise<T>, { signal }: Init = {}): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw signal?.aborted ? signal.reason : noAnswer(error);
  }
}

/** Throws `ClientError` if the response is not JSON, such as a page of the host because the base is wrong. */
export function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new ClientError('NOT_FOUND', 'Not JSON: is base the mount path?', { cause });
  }
}

/** Undefined values are omitted. */
export function searchOf(fields: object): URLSearchParams {
  const given = Object.entries(fields).filter(([, value]) => (value ?? '') !== '');
  // It makes texts of them.
  return new URLSearchParams(given);
}
