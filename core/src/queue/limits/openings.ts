// Claims again when a limit opens by itself, and readies the jobs whose value does. One timer waits for the next of them.
import { Clock } from '../../kernel/clock.ts';
import type { Built } from '../../kernel/container.ts';
import { messageOf } from '../../kernel/errors.ts';
import { Log } from '../../kernel/logger.ts';
import { Rounds } from '../../kernel/rounds.ts';
import { LimitStore } from '../../store/limit-store.ts';
import { WriteQueue } from '../../store/write-queue.ts';

/** Milliseconds after an error, and between two rounds: the clock of a server may be a little behind this one. */
const [RETRY, PAUSE] = [1_000, 20];

export class Openings {
  static readonly needs = { store: LimitStore, writes: WriteQueue, clock: Clock, log: Log };
  readonly #needs;
  readonly #rounds: Rounds;

  constructor(needs: Built<typeof Openings.needs>) {
    this.#needs = needs;
    this.#rounds = new Rounds(needs.clock, () => this.#round());
    needs.store.opens.on((at) => this.#rounds.within(Math.max(at - needs.clock.now(), 0)));
  }

  start(): void {
    this.#rounds.start(0);
  }

  stop(): void {
    void this.#rounds.stop();
  }

  async #round(): Promise<number> {
    const { store, writes, clock, log } = this.#needs;
    try {
      const next = (await store.look()) ?? Number.POSITIVE_INFINITY;
      writes.requestClaim();
      return Math.max(next - clock.now(), PAUSE);
    } catch (error) {
      log.error(`Cannot look at limits, will try again: ${messageOf(error)}`);
      return RETRY;
    }
  }

  /** Makes up for what was missed. */
  async sweep(): Promise<void> {
    await this.#needs.store.sweep();
    this.#rounds.within(0);
  }
}
