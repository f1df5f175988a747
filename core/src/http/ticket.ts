// Tickets: for clients that can send no header (a browser's WebSocket and EventSource), one use within 30 seconds.
import { createHash } from 'node:crypto';
import { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { type Clock, iso, type Random } from '../kernel/clock.ts';
import type { ListenerRights } from './sight.ts';

const LIFETIME = 30_000;
const BYTES = 32;
const MAX_LENGTH = 64;
const MAX_TICKETS = 10_000;

export interface Ticket {
  ticket: string;
  /** ISO 8601 in UTC. */
  expiresAt: string;
}

/** Who asked for it, by which request, and what this person may do. */
export interface Holder extends ListenerRights {
  c: Context;
}

export class Tickets {
  readonly #clock: Clock;
  readonly #random: Random;
  /** By the hash of the ticket, oldest first: how long a look-up takes tells nothing about the ticket itself. */
  readonly #open = new Map<string, { holder: Holder; until: number }>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** When 10,000 are open the oldest goes. */
  issue(holder: Holder): Ticket {
    this.#forgetOld();
    const bytes = new Uint8Array(BYTES);
    this.#random.bytes(bytes);
    const ticket = Buffer.from(bytes).toString('base64url');
    const until = this.#clock.now() + LIFETIME;
    this.#open.set(hashOf(ticket), { holder, until });
    return { ticket, expiresAt: iso(until) };
  }

  /** Whose ticket it is; it is used up by that. Throws `UNAUTHORIZED`. */
  redeem(ticket: string): Holder {
    const hash = ticket.length <= MAX_LENGTH ? hashOf(ticket) : '';
    const found = this.#open.get(hash);
    this.#open.delete(hash);
    if (found && this.#clock.now() < found.until) return found.holder;
    throw new JobsError('UNAUTHORIZED', 'The ticket was used before, is too old or is unknown: ask for another.');
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [hash, { until }] of this.#open) {
      if (until > now && this.#open.size < MAX_TICKETS) return;
      this.#open.delete(hash);
    }
  }
}

const hashOf = (ticket: string): string => createHash('sha256').update(ticket).digest('base64');
