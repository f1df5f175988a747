// The page's only connection: opened while something is followed, by the best transport that works, and reopened when lost.
import { ClientError } from './client-error.ts';
import { type Follower, union } from './follower.ts';
import { createFollowers, safely } from './followers.ts';
import type { Link, LinkMessage, Opening } from './link.ts';
import { createTimer } from './timer.ts';
import type { Transport } from './transports.ts';

interface Page {
  addEventListener?: (name: string, listener: () => unknown, options: { signal: AbortSignal }) => void;
  document?: { hidden: boolean };
}

/** `leave` is called when the page is frozen, `back` when it returns. Returns a function that stops this. */
function onWakeUp(back: () => unknown, leave: () => void): () => void {
  const page = globalThis as Page;
  const stop = new AbortController();
  const on = (name: string, listener: () => unknown): void => page.addEventListener?.(name, listener, stop);
  on('online', back);
  on('pageshow', back);
  on('pagehide', leave);
  on('visibilitychange', () => page.document?.hidden || back());
  return () => stop.abort();
}

/** Milliseconds before attempt `n`, from 0: between half and all of `first`, doubled `n` times, at most `most`. `chance` is 0 to 1. */
const backoff = (n: number, first: number, most: number, chance: number): number =>
  Math.min(most, first * 2 ** Math.min(n, 20)) * (0.5 + chance / 2);

/** Milliseconds for trying one transport. */
const PATIENCE = 10_000;
/** No answer at all, or a refusal: other transports lead to the same server. */
const FOR_ALL_WAYS: unknown[] = [0, 401, 403];

/** Of a server that has answered. */
type Failure = Error & { status?: number } & Partial<Record<keyof Link, undefined>>;

/** The first link that opens; otherwise the server's reason, if it gave one. */
async function attempt(transports: readonly Transport[], opening: Opening): Promise<Link | Failure | undefined> {
  const timer = createTimer();
  let why: Failure | undefined;
  for (const transport of transports) {
    const stop = new AbortController();
    const giveUp = (): void => stop.abort();
    timer(PATIENCE, giveUp);
    opening.signal.addEventListener('abort', giveUp);
    const link = await transport.open({ ...opening, signal: stop.signal }).catch((error) => {
      why = error;
    });
    timer();
    if (link?.open) return link;
    if (opening.signal.aborted || FOR_ALL_WAYS.includes(why?.status)) break;
  }
  return why;
}

/** Also `reconnecting` before the first connection, and while nothing is followed. */
export type LiveState = 'live' | 'reconnecting' | 'polling' | 'paused';
/** `error` says why the last attempt failed, if the server gave a reason. */
export type StateListener = (state: LiveState, error?: ClientError) => void;

export interface Live {
  readonly state: LiveState;
  readonly onState: (listener: StateListener) => () => void;
  /** Listens from now on; returns a function that stops this. */
  follow(follower: Follower): () => void;
  readonly pause: () => void;
  /** Ends a pause. Otherwise connects at once, or checks that the connection works and uses the best transport. */
  readonly wake: () => void;
  /** All followers ask the server instead of receiving events. Throws `ClientError`. */
  look(): Promise<unknown>;
  /** Ends everything. */
  readonly close: () => void;
}

interface LiveDeps {
  transports: readonly Transport[];
  retryDelay: number;
  random: () => number;
}

/** Milliseconds a link stays open after the last follower left. */
const LINGER = 1_000;
/** Milliseconds between two messages to the server, which accepts 20 a second. */
const SYNC_EVERY = 100;
/** Milliseconds until a better transport is tried again. */
const TRY_BETTER = 30_000;
/** The most milliseconds until another attempt. */
const RETRY_AT_MOST = 30_000;
/** A link that lasted this many milliseconds counts as working. */
const WORKED = 10_000;
/** Ids to remember, so that events from two links are delivered once. */
const HEARD = 10_000;

export function createLive({ transports, retryDelay, random }: LiveDeps): Live {
  const followers = createFollowers();
  const { all } = followers;
  const listeners = new Set<StateListener>();
  const heard = new Set<number>();
  let state: LiveState = 'reconnecting';
  let link: Link | undefined;
  let last: number | undefined;
  let trying: AbortController | undefined;
  let tries = 0;
  let openedAt = 0;
  let syncedAt = 0;
  const retryTimer = createTimer();
  const syncTimer = createTimer();
  const lingerTimer = createTimer();
  let sleep: (() => void) | undefined;

  const set = (next: LiveState, error?: ClientError): void => {
    if (next === state && !error) return;
    state = next;
    for (const listener of [...listeners]) safely(() => listener(state, error));
  };

  const drop = (): void => {
    trying?.abort();
    retryTimer();
    syncTimer();
    lingerTimer();
    link?.close();
    trying = link = undefined;
    if (state !== 'paused') set('reconnecting');
  };

  const close = (): void => {
    followers.end();
    heard.clear();
    sleep?.();
    drop();
    sleep = last = undefined;
    tries = 0;
  };

  const tryBetter = (): void => retryTimer(TRY_BETTER, connect);

  /** Tries better transports than the current one. */
  const connect = async (): Promise<void> => {
    if (state === 'paused') return;
    trying?.abort();
    retryTimer();
    const own = link && transports.findIndex(({ kind }) => kind === link?.kind);
    const stop = new AbortController();
    trying = stop;
    const opening = { wanted: union(all), since: last, signal: stop.signal, hear, lost };
    const found = await attempt(transports.slice(0, own), opening);
    // It was aborted meanwhile: close the new link anyway.
    if (stop.signal.aborted) {
      found?.close?.();
      return;
    }
    trying = undefined;
    if (found?.open) use(found);
    else failed(found);
  };

  const failed = (why?: unknown): void => {
    if (link) {
      tryBetter();
      return;
    }
    retryTimer(backoff(tries++, retryDelay, RETRY_AT_MOST, random()), connect);
    const error = why instanceof ClientError ? why : undefined;
    set('reconnecting', error);
    if (error && error.code !== 'UNAVAILABLE') followers.refuse(error);
  };

  const use = (next: Link): void => {
    link?.close();
    link = next;
    openedAt = Date.now();
    if (link.kind !== 'socket') tryBetter();
    if (link.kind === 'polling') {
      // Do not deliver again what polls have reported: receive events from the next greeting on, after one more poll.
      last = undefined;
      followers.leaveAlone();
      set('polling');
    } else set('live');
    sync();
  };

  const lost = (gone: Link): void => {
    if (gone !== link) return;
    link = undefined;
    if (Date.now() - openedAt > WORKED) tries = 0;
    if (trying) set('reconnecting');
    else failed();
  };

  const hear = (message: LinkMessage): void => {
    if (message.type === 'hello') last ??= message.id;
    if (message.type === 'subscribed') syncSoon();
    if (message.type === 'resync') {
      last = message.id;
      heard.clear();
      followers.resync();
    }
    if (message.type !== 'job_update' || heard.has(message.id)) return;
    if (heard.size >= HEARD) heard.clear();
    heard.add(message.id);
    last = Math.max(last ?? 0, message.id);
    followers.tell(message);
  };

  const syncSoon = (): void => {
    syncTimer(syncedAt + SYNC_EVERY - Date.now(), sync);
  };

  /** Subscribes the link to what the followers want, and notifies those whose events arrive from now on. */
  const sync = (): void => {
    syncTimer();
    syncedAt = Date.now();
    if (!link) {
      if (!trying && tries === 0) void connect();
      return;
    }
    link.subscribe(union(all));
    if (link.kind !== 'polling') followers.inform(link.asked);
  };

  const wake = (): void => {
    if (state === 'paused') set('reconnecting');
    tries = 0;
    link?.check();
    if (link?.kind !== 'socket' && all.size > 0) void connect();
  };

  return {
    get state() {
      return state;
    },
    onState: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    follow: (follower) => {
      all.add(follower);
      sleep ??= onWakeUp(() => state === 'paused' || wake(), drop);
      lingerTimer();
      syncSoon();
      return () => {
        if (!all.delete(follower)) return;
        follower.end();
        if (all.size > 0) syncSoon();
        else lingerTimer(LINGER, close);
      };
    },
    pause: () => {
      set('paused');
      drop();
    },
    wake,
    look: followers.look,
    close,
  };
}
