// What the hub and a transport know of each other: WebSocket, event stream and tests all fit.
import type { JobEvent } from '@phraseworks/sdk';
import type { Filter } from './filter.ts';

/** Milliseconds between two signs of life; told to clients in the first message. */
export const HEARTBEAT = 30_000;

/** Why the hub hangs up: the close codes of RFC 6455. */
export const CLOSE = {
  goingAway: 1001,
  notText: 1003,
  policy: 1008,
  tooBig: 1009,
  failed: 1011,
  tooSlow: 1013,
} as const;

/** Bytes in its socket: nothing more is handed to a client until they have left. */
export const MAX_BUFFERED = 128 * 1024;

/** What a frame is, for transports that say so beside it. */
export interface FrameInfo {
  type: 'hello' | 'subscribed' | 'resync' | 'error' | 'job_update';
  /** From here a later `since` misses nothing. */
  id?: number;
}

export interface LiveClient {
  /** A whole message as JSON; a Buffer is shared between clients and must not be changed. */
  send(frame: string | Buffer, info: FrameInfo): void;
  close(code: number, reason: string): void;
  /** Bytes that were sent and have not left yet. */
  buffered(): number;
}

/** `masked`: without the secrets in results and errors. */
export type Seen = boolean | 'masked';

export interface ConnectOptions {
  /** Send what came after this event id, then go on live. */
  since?: number | undefined;
  /** Every event by default. */
  filter?: Filter | undefined;
  /** Asked for each event; a throw is a no. */
  may?: ((event: JobEvent) => Seen | Promise<Seen>) | undefined;
  /** Asked each minute; false ends the connection. */
  stillMay?: (() => Promise<boolean>) | undefined;
  /** Events come without the secrets in their results and errors. */
  hideSecrets?: boolean;
  /** Whose connection it is: each may have so many. */
  holder?: string;
  /** It is an event stream, not a WebSocket: counted apart. */
  isStream?: boolean;
}

export interface LiveConnection {
  /** A text message of the client. */
  receive(text: string): void;
  /** The client is gone. */
  closed(): void;
}
