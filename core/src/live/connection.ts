// One connected client: its messages, its rights, and its backpressure.
import { JobsError } from '@phraseworks/sdk';
import type { Cancel, Clock } from '../kernel/clock.ts';
import type { StoredEvent } from '../store/event-codec.ts';
import { Backlog, type EventSource } from './backlog.ts';
import { CLOSE, type ConnectOptions, HEARTBEAT, type LiveClient, MAX_BUFFERED, type Seen } from './client.ts';
import { type Filter, filterOf, parseSubscribe } from './filter.ts';

/** Milliseconds that a socket may stay full before the client is disconnected. */
const PATIENCE = 5_000;
const LOOK_AGAIN = 50;
/** Milliseconds between two checks of the client's rights. */
const ASK_AGAIN = 60_000;
const SECOND = 1_000;
const MESSAGES_A_SECOND = 20;
/** A larger event counts as several; bytes. */
const SMALL = 2_048;

/** The hub, as its connections see it. */
export interface ConnectionHub extends EventSource {
  readonly clock: Clock;
  /** Schedules a call of `pump`. */
  wake(connection: Connection): void;
  refilter(connection: Connection, before: Filter | undefined, after: Filter | undefined): void;
  left(connection: Connection, filter: Filter | undefined, error: unknown): void;
}

export class Connection {
  readonly holder: string | undefined;
  readonly #client: LiveClient;
  readonly #hub: ConnectionHub;
  readonly #options: ConnectOptions;
  readonly #backlog: Backlog;
  /** The newest id when the client connected. */
  #greeted = 0;
  /** Messages received since this time, to limit them. */
  #received = { since: Number.NEGATIVE_INFINITY, count: 0 };
  /** Messages received before the greeting; undefined afterwards. */
  #early: string[] | undefined = [];
  /** Waits for events, buffer space or an answer: do not schedule it. */
  #paused = true;
  #fullSince: number | undefined;
  #look: Cancel | undefined;
  #rest: Cancel | undefined;
  #stopAsking: Cancel = () => undefined;
  #open = true;

  constructor(client: LiveClient, hub: ConnectionHub, options: ConnectOptions) {
    this.holder = options.holder;
    this.#client = client;
    this.#hub = hub;
    this.#options = options;
    if (options.stillMay) this.#askAgain(options.stillMay);
    this.#backlog = new Backlog(hub, options.filter);
  }

  async greet(since: number | undefined): Promise<void> {
    const newest = await this.#ask(() => this.#hub.newestId());
    if (newest === undefined || !this.#open) return;
    this.#greeted = newest;
    this.#backlog.startAfter(Math.min(since ?? newest, newest));
    this.#tell({ type: 'hello', id: newest, heartbeat: HEARTBEAT });
    // Of another database, or of this one before it was restored.
    if (since !== undefined && since > newest) this.#tell({ type: 'resync', id: newest });
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const text of early) this.#handle(text);
    this.#resume();
  }

  /** Handles a text message from the client. */
  receive(text: string): void {
    if (!this.#open) return;
    const now = this.#hub.clock.now();
    if (Math.abs(now - this.#received.since) >= SECOND) this.#received = { since: now, count: 0 };
    this.#received.count += 1;
    if (this.#received.count > MESSAGES_A_SECOND) this.end(CLOSE.policy, 'too many messages');
    else if (this.#early) this.#early.push(text);
    else this.#handle(text);
  }

  /** Call when the client has disconnected. */
  closed(): void {
    this.#leave(undefined);
  }

  end(code: number, reason: string, error?: unknown): void {
    if (!this.#leave(error)) return;
    try {
      this.#client.close(code, reason);
    } catch {
      // The client has already disconnected.
    }
  }

  /** Offers a live event that matches the client's filter. */
  offer(stored: StoredEvent): void {
    if (this.#backlog.offer(stored) && !this.#paused) this.#hub.wake(this);
  }

  /** Sends queued events, at most `most` small ones; returns how many, where a large one counts as several. */
  pump(most: number): number {
    let done = 0;
    while (done < most && !this.#paused && this.#hasRoom()) {
      const stored = this.#backlog.shift();
      if (!stored) break;
      done += 1 + Math.floor(stored.size / SMALL);
      this.#decide(stored);
    }
    if (this.#paused || !this.#open) return done;
    if (this.#backlog.length > 0) this.#hub.wake(this);
    else if (this.#backlog.behind) void this.#fetch();
    return done;
  }

  #hasRoom(): boolean {
    if (!this.#open) return false;
    if (this.#client.buffered() < MAX_BUFFERED) {
      this.#fullSince = undefined;
      return true;
    }
    const now = this.#hub.clock.now();
    this.#fullSince ??= now;
    if (now - this.#fullSince >= PATIENCE) {
      this.end(CLOSE.tooSlow, 'the client reads too slowly');
      return false;
    }
    this.#paused = true;
    this.#look = this.#hub.clock.after(LOOK_AGAIN, () => this.#resume());
    return false;
  }

  #decide(stored: StoredEvent): void {
    const allowed = this.#allowed(stored);
    if (allowed === false) return;
    if (typeof allowed !== 'object') {
      this.#sendEvent(stored, allowed);
      return;
    }
    const { epoch } = this.#backlog;
    this.#paused = true;
    const answer = (seen: Seen): void => {
      const wanted = seen !== false && epoch === this.#backlog.epoch && this.#backlog.wants(stored.event);
      if (wanted) this.#sendEvent(stored, seen);
      this.#resume();
    };
    allowed.then(answer, () => answer(false));
  }

  #allowed({ event }: StoredEvent): Seen | Promise<Seen> {
    try {
      return this.#options.may?.(event) ?? true;
    } catch {
      return false;
    }
  }

  async #fetch(): Promise<void> {
    this.#paused = true;
    const skipped = await this.#ask(() => this.#backlog.fetch());
    if (skipped !== undefined) this.#tell({ type: 'resync', id: skipped });
    this.#resume();
  }

  #resume(): void {
    this.#paused = false;
    if (this.#open) this.#hub.wake(this);
  }

  #handle(text: string): void {
    try {
      this.#subscribe(parseSubscribe(text));
    } catch (error) {
      if (error instanceof JobsError) this.#tell({ type: 'error', code: error.code, detail: error.message });
      else this.end(CLOSE.failed, 'internal error while handling the message', error);
    }
  }

  get #newest(): number {
    return Math.max(this.#greeted, this.#hub.recent.heard);
  }

  #subscribe(filter: Filter | undefined): void {
    this.#hub.refilter(this, this.#backlog.filter, filter);
    this.#backlog.setFilter(filter);
    this.#tell({ type: 'subscribed', id: this.#newest });
  }

  resync(): void {
    if (this.#greeted > 0) this.#tell({ type: 'resync', id: this.#newest });
  }

  #tell(message: { type: 'hello' | 'subscribed' | 'resync' | 'error' } & Record<string, unknown>): void {
    this.#send(JSON.stringify(message));
  }

  #sendEvent(stored: StoredEvent, seen: Exclude<Seen, false>): void {
    this.#send(stored[seen === true ? 'bytes' : seen]);
    const { every } = this.#options;
    if (every !== undefined && this.#open) this.#leaveOut(every);
  }

  /** The hub offers nothing meanwhile, so that a busy site spends nothing on this client. */
  #leaveOut(ms: number): void {
    this.#hub.refilter(this, this.#backlog.filter, filterOf({ jobs: [] }));
    const wasMore = this.#backlog.skip();
    this.#rest?.();
    this.#rest = this.#hub.clock.after(ms, () => {
      const { filter } = this.#backlog;
      const id = this.#newest;
      // Skipping drops an event whose permission is being checked, too.
      if (!this.#backlog.skip() && !wasMore && !this.#paused) return this.#hub.refilter(this, filter, filter);
      this.#tell({ type: 'resync', id });
      if (this.#open) this.#leaveOut(ms);
    });
  }

  #send(message: string | Buffer): void {
    if (!this.#open) return;
    try {
      this.#client.send(message);
    } catch (error) {
      this.end(CLOSE.failed, 'sending failed', error);
    }
  }

  /** Rights may end while the connection stays open. */
  #askAgain(stillMay: () => Promise<boolean>): void {
    this.#stopAsking = this.#hub.clock.after(ASK_AGAIN, () => {
      stillMay().then(
        (yes) => {
          if (!this.#open) return;
          if (yes) this.#askAgain(stillMay);
          else this.end(CLOSE.policy, 'permission was revoked');
        },
        (error: unknown) => this.end(CLOSE.failed, 'permissions could not be checked', error),
      );
    });
  }

  async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await question();
    } catch (error) {
      this.end(CLOSE.failed, 'events could not be read', error);
      return undefined;
    }
  }

  /** False if it had already left. */
  #leave(error: unknown): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.#look?.();
    this.#rest?.();
    this.#stopAsking();
    this.#hub.left(this, this.#backlog.filter, error);
    return true;
  }
}
