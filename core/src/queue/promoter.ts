// Makes delayed jobs ready when they are due. One timer waits for the next of them.
import { Clock } from '../kernel/clock.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Transition } from '../store/transition.ts';
import { WriteQueue } from '../store/write-queue.ts';

export class Promoter extends Rounds<typeof Promoter.needs> {
  static readonly needs = { moves: Transition, writes: WriteQueue, clock: Clock, log: Log };
  protected readonly plan = { task: 'check for due jobs', first: 0, again: 1_000 };

  /** Makes due jobs ready, at most one pass. */
  protected async round(): Promise<number> {
    const { moves, writes, clock } = this.needs;
    const wait = ((await moves.nextDue()) ?? Number.POSITIVE_INFINITY) - clock.now();
    if (wait > 0) return wait;
    await moves.promote(clock.now());
    writes.requestClaim();
    return 0;
  }
}
