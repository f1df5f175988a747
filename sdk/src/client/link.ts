// A connection by which events come, from its greeting to its end, whatever it is made of.
import type { JobMessage } from '../job.ts';
import { same, type Wanted } from './follower.ts';
import { createTimer } from './timer.ts';

/** What the server sends. */
export type LinkMessage =
  | JobMessage
  | { type: 'hello'; id: number; heartbeat: number }
  | { type: 'subscribed' | 'resync'; id: number }
  | { type: 'error'; detail: string };

export interface Opening {
  wanted: Wanted;
  /** The last event received: the events after it are sent first. */
  since: number | undefined;
  /** Gives the attempt up. */
  signal: AbortSignal;
  /** All that comes, the greeting included. */
  hear(message: LinkMessage): void;
  /** Told once when a link that was open is gone without `close()`. */
  lost(link: Link): void;
}

export interface Link {
  readonly kind: 'socket' | 'stream' | 'polling';
  /** What it listens for, as the server has confirmed it, then what was sent and is not confirmed yet, oldest first. */
  readonly asked: readonly Wanted[];
  readonly open: boolean;
  /** Changes the names it listens for; where it is missing, open another link. */
  readonly subscribe?: ((wanted: Wanted) => void) | undefined;
  /** Asks whether the other side is still there, and is lost when it is not. */
  check(): void;
  close(): void;
}

/** What carries the messages. */
export interface Line {
  close(): void;
  send?(text: string): void;
}

export interface LineEvents {
  message(message: LinkMessage): void;
  /** Something came. */
  alive(): void;
  /** It is gone, or could not be opened for this reason. */
  over(why?: unknown): void;
}

/** Milliseconds in which the other side answers, or is taken for gone. */
const ANSWER_WITHIN = 5_000;
const EARLY = 1_000;

/** Resolves with the greeting. Throws why it could not be opened. */
export function openLink(kind: Link['kind'], opening: Opening, start: (on: LineEvents) => Line): Promise<Link> {
  return new Promise((resolve, reject) => {
    const asked = [opening.wanted];
    let open = false;
    let ended = false;
    let heartbeat = 0;
    let heardAt = 0;
    const silence = createTimer();

    const close = (): void => {
      ended = true;
      open = false;
      silence();
      line.close();
    };
    const over = (why?: unknown): void => {
      if (ended) return;
      const wasOpen = open;
      close();
      if (wasOpen) opening.lost(link);
      else reject(why);
    };
    const ask = (next: Wanted): void => {
      asked.push(next);
      line.send?.(JSON.stringify({ type: 'subscribe', ...next }));
    };
    /** No page sees a socket's pings, so it asks for an answer; in a stream something comes twice in each heartbeat. */
    const check = (): void => {
      if (line.send) {
        silence(ANSWER_WITHIN, over);
        ask(asked.at(-1));
      } else if (Date.now() - heardAt > heartbeat - EARLY) over();
    };
    const alive = (): void => {
      heardAt = Date.now();
      if (open) silence(heartbeat, check);
    };
    const message = (heard: LinkMessage): void => {
      if (ended) return;
      if (heard.type === 'hello') {
        heartbeat = heard.heartbeat;
        open = true;
        resolve(link);
      } else if (heard.type === 'subscribed') asked.shift();
      else if (heard.type === 'error') asked.splice(1, 1);
      alive();
      opening.hear(heard);
    };

    opening.signal.addEventListener('abort', over);
    const line = start({ message, alive, over });
    const link: Link = {
      kind,
      asked,
      get open() {
        return open;
      },
      subscribe: line.send && ((next) => same(asked.at(-1), next) || ask(next)),
      check,
      close,
    };
  });
}
