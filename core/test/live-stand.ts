// For the tests of live events: a real ledger on SQLite in memory, and a client that remembers.
import type { JobEvent } from '@phraseworks/sdk';
import { type Clock, systemClock, systemRandom } from '../src/kernel/clock.ts';
import { identify } from '../src/kernel/identity.ts';
import { createLogger } from '../src/kernel/logger.ts';
import type { LiveClient } from '../src/live/client.ts';
import { Ledger } from '../src/store/ledger.ts';
import { migrate } from '../src/store/migrate.ts';
import { openSqlite } from '../src/store/sqlite/engine.ts';

export const silent = createLogger('silent');

/** Turns of the event loop, until nothing that was started is still under way. */
export async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

export async function openLedger(clock: Clock = systemClock): Promise<Ledger> {
  const dialect = await openSqlite(':memory:', { clock: systemClock, random: systemRandom });
  await migrate(dialect, clock.now());
  const ledger = new Ledger({ dialect, identity: identify('node-1'), clock });
  await ledger.feed.start();
  return ledger;
}

export const event = (jobId: string, more: Partial<JobEvent> = {}): JobEvent => ({
  event: 'job_started',
  jobId,
  jobType: 'email',
  plugin: 'email',
  status: 'processing',
  attempt: 1,
  at: '2025-01-01T00:00:00.000Z',
  ...more,
});

/** Each event in a commit of its own. */
export async function emit(ledger: Ledger, events: readonly JobEvent[]): Promise<void> {
  for (const one of events) await emitTogether(ledger, [one]);
}

/** All events in one commit. */
async function emitTogether(ledger: Ledger, events: readonly JobEvent[]): Promise<void> {
  await ledger.transact(async (_tx, changes) => {
    for (const one of events) changes.event(one);
  });
}

export const numbered = (from: number, to: number, more: Partial<JobEvent> = {}): JobEvent[] =>
  Array.from({ length: to - from + 1 }, (_, i) => event(`job-${from + i}`, more));

// biome-ignore lint/suspicious/noExplicitAny: tests read messages of every kind
export type Message = any;

/** Remembers what it is sent; its socket is as full as the test says. */
export class Listener implements LiveClient {
  readonly frames: (string | Buffer)[] = [];
  ended: { code: number; reason: string } | undefined;
  /** Bytes in the socket: a number, or what was sent and not yet read. */
  full: number | 'unread' = 0;
  bytes = 0;
  #onFrame: () => void = () => {};

  send(frame: string | Buffer): void {
    this.frames.push(frame);
    this.bytes += frame.length;
    this.#onFrame();
  }

  close(code: number, reason: string): void {
    this.ended = { code, reason };
    this.#onFrame();
  }

  buffered(): number {
    return this.full === 'unread' ? this.bytes : this.full;
  }

  get messages(): Message[] {
    return this.frames.map((frame) => JSON.parse(frame.toString()));
  }

  get jobs(): string[] {
    return this.messages.filter(({ type }) => type === 'job_update').map(({ data }) => data.jobId);
  }

  /** Resolves when this many frames have come, or when it was closed. */
  async until(count: number): Promise<void> {
    while (this.frames.length < count && !this.ended) {
      await new Promise<void>((resolve) => {
        this.#onFrame = resolve;
      });
    }
  }
}
