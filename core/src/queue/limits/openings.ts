// Claims again when a limit opens by itself, and readies the jobs whose value does. One timer waits for the next of them.
import { Clock } from '../../kernel/clock.ts';
import type { Built } from '../../kernel/container.ts';
import { Log } from '../../kernel/logger.ts';
import { Rounds } from '../../kernel/rounds.ts';
import { LimitStore } from '../../store/limit-store.ts';
import { WriteQueue } from '../../store/write-queue.ts';

/** Milliseconds between two rounds: the clock of a server may be a little behind this one. */
const PAUSE = 20;

export class Openings extends Rounds<typeof Openings.needs> {
  static readonly needs = { store: LimitStore, writes: WriteQueue, clock: Clock, log: Log };
  protected readonly plan = { task: 'look at limits', first: 0, again: 1_000 };

  constructor(needs: Built<typeof Openings.needs>) {
    super(needs);
    needs.store.opens.on((at) => this.within(Math.max(at - needs.clock.now(), 0)));
  }

  protected async round(): Promise<number> {
    const { store, writes, clock } = this.needs;
    const next = await store.look();
    writes.requestClaim();
    return Math.max(next - clock.now(), PAUSE);
  }
}
