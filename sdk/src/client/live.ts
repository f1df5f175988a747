// The one connection of a page: opened while somebody follows, by the best way that works, and opened anew when it is lost.
import { ClientError } from './client-error.ts';
import { type Follower, union } from './follower.ts';
import { createFollowers, safely } from './followers.ts';
import type { Link, LinkMessage, Opening } from './link.ts';
import { createTimer } from './timer.ts';
import type { Way } from './ways.ts';

interface Page {
  addEventListener?: (name: string, listener: () => unknown, options: { signal: AbortSignal }) => void;
  document?: { hidden: boolean };
}

/** `leave` is called when the page is put away, `back` when it is there again. Answers what stops that. */
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
export const backoff = (n: number, first: number, most: number, chance: number): number =>
  Math.min(most, first * 2 ** Math.min(n, 20)) * (0.5 + chance / 2);

/** Milliseconds a way may take. */
const PATIENCE = 10_000;
/** No answer at all, or a refusal: the other ways lead to the same server. */
const FOR_ALL_WAYS: unknown[] = [0, 401, 403];

/** Of a server that has answered. */
type Failure = Error & { status?: number } & Partial<Record<keyof Link, undefined>>;

/** The first link that opens; otherwise why none did, where the server said so. */
async function attempt(ways: readonly Way[], opening: Opening): Promise<Link | Failure | undefined> {
  const timer = createTimer();
  let why: Failure | undefined;
  for (const way of ways) {
    const stop = new AbortController();
    const giveUp = (): void => stop.abort();
    timer(PATIENCE, giveUp);
    opening.signal.addEventListener('abort', giveUp);
    const link = await way.open({ ...opening, signal: stop.signal }).catch((error) => {
      why = error;
    });
    timer();
    if (link?.open) return link;
    if (opening.signal.aborted || FOR_ALL_WAYS.includes(why?.status)) break;
  }
  return why;
}

/** `reconnecting` also before the first connection, and while nothing is followed. */
export type LiveState = 'live' | 'reconnecting' | 'polling' | 'paused';
/** `error` says why the last attempt failed, where the server said so. */
export type StateListener = (state: LiveState, error?: ClientError) => void;

export interface Live {
  readonly state: LiveState;
  readonly onState: (listener: StateListener) => () => void;
  /** Hears from now on; answers what ends that. */
  follow(follower: Follower): () => void;
  readonly pause: () => void;
  /** Ends a pause. Without one, connects at once where it is not connected, and else makes sure that it is, and by the best way. */
  readonly wake: () => void;
  /** All followers ask the server instead of hearing events. Throws `ClientError`. */
  look(): Promise<unknown>;
  /** Nothing is followed any longer. */
  readonly close: () => void;
}

interface LiveDeps {
  ways: readonly Way[];
  retryDelay: number;
  random: () => number;
}

/** Milliseconds a link stays open after the last follower has left. */
const LINGER = 1_000;
/** Milliseconds between two messages of ours; a server takes 20 a second. */
const SYNC_EVERY = 100;
/** Milliseconds until a better way is tried again. */
const TRY_BETTER = 30_000;
/** Milliseconds until another attempt, at most. */
const RETRY_AT_MOST = 30_000;
/** A link that held so long, in milliseconds, worked. */
const WORKED = 10_000;
/** Ids that are kept, so that what two links tell is heard once. */
const HEARD = 10_000;

export function createLive({ ways, retryDelay, random }: LiveDeps): Live {
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

  /** Tries the ways that are better than the present one, or only `those`, for other names. */
  const connect = async (those?: readonly Way[]): Promise<void> => {
    if (state === 'paused') return;
    trying?.abort();
    retryTimer();
    const own = link && ways.findIndex(({ kind }) => kind === link?.kind);
    const stop = new AbortController();
    trying = stop;
    const opening = { wanted: union(all), since: last, signal: stop.signal, hear, lost };
    const found = await attempt(those ?? ways.slice(0, own), opening);
    // It was given up: close what opened all the same.
    if (stop.signal.aborted) {
      found?.close?.();
      return;
    }
    trying = undefined;
    if (found?.open) use(found);
    else failed(found, those);
  };

  const failed = (why?: unknown, those?: readonly Way[]): void => {
    if (link) {
      tryBetter();
      // Somebody may still wait for other names.
      if (!those) sync();
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
      // What looks have told is not to be told again: events are heard from the next greeting on, after one more look.
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

  /** Makes the link listen for what the followers want, and tells those whose events come from now on. */
  const sync = (): void => {
    syncTimer();
    syncedAt = Date.now();
    if (!link) {
      if (!trying && tries === 0) void connect();
      return;
    }
    const { kind, asked, subscribe } = link;
    subscribe?.(union(all));
    if (kind !== 'polling' && followers.inform(asked) && !subscribe)
      void connect(ways.filter((way) => way.kind === kind));
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
