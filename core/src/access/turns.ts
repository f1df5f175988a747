// The stretches in which reads are made, so that the event loop can do other work: what a viewer asks for can be large, and many can ask at once.
import { type Actor, JobsError } from '@phraseworks/sdk';
import { Clock, yieldToEventLoop } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';

/** Milliseconds after which a read rests. */
const STRETCH = 10;

export class Turns {
  static readonly needs = { clock: Clock };
  readonly #clock: Clock;
  #since = Number.NEGATIVE_INFINITY;

  constructor(needs: Built<typeof Turns.needs>) {
    this.#clock = needs.clock;
  }

  /** Resolves when a stretch begins. Throws `UNAVAILABLE` if nobody waits for the answer any more. */
  async next(reader: Pick<Actor, 'signal'>): Promise<void> {
    await yieldToEventLoop(this.#clock);
    this.#since = this.#clock.steady();
    if (reader.signal.aborted) throw tooLate();
  }

  /** Undefined while the stretch lasts. */
  rest(reader: Pick<Actor, 'signal'>): Promise<void> | undefined {
    return this.#clock.steady() - this.#since < STRETCH ? undefined : this.next(reader);
  }
}

export const tooLate = (): JobsError =>
  new JobsError('UNAVAILABLE', 'The answer took too long, so the work on it was stopped. Try again later.', {
    retryAfter: 5,
  });
