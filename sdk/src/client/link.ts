// A connection that receives events, from greeting to end.
import type { JobMessage } from '../job.ts';
import { same, type Wanted } from './follower.ts';
import { createTimer } from './timer.ts';

/** Messages from the server. */
export type LinkMessage =
  | JobMessage
  | { type: 'hello'; id: number; heartbeat: number }
  | { type: 'subscribed' | 'resync'; id: number }
  | { type: 'error'; detail: string };

export interface Opening {
  wanted: Wanted;
  /** The last event received: later ones are sent first. */
  since: number | undefined;
  /** Aborts the attempt. */
  signal: AbortSignal;
  /** Receives every message, including the greeting. */
  hear(message: LinkMessage): void;
  /** Called once if an open link is lost without `close()`. */
  lost(link: Link): void;
}

export interface Link {
  readonly kind: 'socket' | 'polling';
  /** The subscription that the server has confirmed, then the unconfirmed ones, oldest first. */
  readonly asked: readonly Wanted[];
  readonly open: boolean;
  /** Changes the subscription. */
  subscribe(wanted: Wanted): void;
  /** Checks whether the server is still there; the link is lost if it is not. */
  check(): void;
  close(): void;
}

/** The transport for messages. */
export interface Line {
  close(): void;
  send(text: string): void;
}

export interface LineEvents {
  message(message: LinkMessage): void;
  /** It is lost, or could not be opened for this reason. */
  over(why?: unknown): void;
}

/** Milliseconds within which the server must answer. */
const ANSWER_WITHIN = 5_000;

/** Resolves with the greeting; throws if the link cannot be opened. */
export function openLink(opening: Opening, start: (on: LineEvents) => Line): Promise<Link> {
  return new Promise((resolve, reject) => {
    const asked = [opening.wanted];
    let open = false;
    let ended = false;
    let heartbeat = 0;
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
      line.send(JSON.stringify({ type: 'subscribe', ...next }));
    };
    /** A page does not see a socket's pings, so it requests an answer. */
    const check = (): void => {
      silence(ANSWER_WITHIN, over);
      ask(asked.at(-1));
    };
    const message = (heard: LinkMessage): void => {
      if (ended) return;
      if (heard.type === 'hello') {
        heartbeat = heard.heartbeat;
        open = true;
        resolve(link);
      } else if (heard.type === 'subscribed') asked.shift();
      else if (heard.type === 'error') asked.splice(1, 1);
      if (open) silence(heartbeat, check);
      opening.hear(heard);
    };

    opening.signal.addEventListener('abort', over);
    const line = start({ message, over });
    const link: Link = {
      kind: 'socket',
      asked,
      get open() {
        return open;
      },
      subscribe: (next) => same(asked.at(-1), next) || ask(next),
      check,
      close,
    };
  });
}

export type SocketClass = new (url: string) => unknown;

/** The parts of the browser's class that we use. */
interface Socket {
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  send(text: string): void;
  close(): void;
}

export function socketLine(Socket: SocketClass, url: string, { message, over }: LineEvents): Line {
  const socket = new Socket(url) as Socket;
  socket.onmessage = ({ data }: { data: string }) => message(JSON.parse(data) as LinkMessage);
  // The argument is an event, not a reason.
  socket.onclose = socket.onerror = over;
  return socket;
}
