// The interface between the hub and its clients: a WebSocket, or a test.
import type { JobEvent } from '@phraseworks/sdk';
import type { Filter } from './filter.ts';

/** Milliseconds between two heartbeats; sent to clients in the first message. */
export const HEARTBEAT = 30_000;

/** Close codes of RFC 6455. */
export const CLOSE = {
  goingAway: 1001,
  notText: 1003,
  policy: 1008,
  tooBig: 1009,
  failed: 1011,
  tooSlow: 1013,
} as const;

/** Send nothing more to a client while its socket buffers this many bytes. */
export const MAX_BUFFERED = 128 * 1024;

export interface LiveClient {
  /** Sends one JSON message. Buffers are shared between clients: do not modify them. */
  send(frame: string | Buffer): void;
  close(code: number, reason: string): void;
  /** Bytes in the send buffer. */
  buffered(): number;
}

/** `masked`: visible without secrets in results and errors; `hidden`: without results and errors, since nothing is known of the type. */
export type Seen = boolean | 'masked' | 'hidden';

export interface ConnectOptions {
  /** Send the events after this id, then continue live. */
  since?: number | undefined;
  /** All events by default. */
  filter?: Filter | undefined;
  /** Milliseconds for which events are left out after an event or a `resync`; then `resync` is sent if there were any. */
  every?: number | undefined;
  /** Called for each event; an error means no. */
  may?: ((event: JobEvent) => Seen | Promise<Seen>) | undefined;
  /** Called every minute; false ends the connection. */
  stillMay?: (() => Promise<boolean>) | undefined;
  /** Whom the connection counts against. */
  holder?: string;
}
