// The stretches in which reads are made, so that the event loop can do other work: what a viewer asks for can be large, and many can ask at once.
import { type Actor, JobsError } from '@phraseworks/sdk';
import { Clock, yieldToEventLoop } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';

/** Milliseconds after which a read rests. */
const STRETCH = 10;

export class Turns extends Needing<typeof Turns.needs> {
  static readonly needs = { clock: Clock };
  #since = Number.NEGATIVE_INFINITY;

  /** Resolves when a stretch begins. Throws `UNAVAILABLE` if the answer is no longer wanted. */
  async next(reader: Pick<Actor, 'signal'>): Promise<void> {
    await yieldToEventLoop(this.needs.clock);
    this.#since = this.needs.clock.steady();
    if (reader.signal.aborted) throw tooLate();
  }

  /** Undefined while the stretch lasts. */
  rest(reader: Pick<Actor, 'signal'>): Promise<void> | undefined {
    return this.needs.clock.steady() - this.#since < STRETCH ? undefined : this.next(reader);
  }
}

export const tooLate = (): JobsError =>
  new JobsError('UNAVAILABLE', 'The answer took too long, so the work on it was stopped. Try again later.', {
    retryAfter: 5,
  });
