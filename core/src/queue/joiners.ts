// Plugins that store rows with jobs, in the transaction of the job.
import type { AdditionJoiner, Dispose, JoinedAddition, NewJob } from '@phraseworks/sdk';

interface Owned {
  joiner: AdditionJoiner;
  /** Runs `fn` in the scope of the plugin. */
  enter<R>(fn: () => R): R;
  /** Gets the errors that must not reach whoever adds the job. */
  charge(error: unknown): void;
}

export class Joiners {
  readonly #all = new Set<Owned>();

  add(owned: Owned): Dispose {
    this.#all.add(owned);
    return () => void this.#all.delete(owned);
  }

  /** Does any of them want this job? Asked for every job that is added. */
  want(job: NewJob): boolean {
    for (const owned of this.#all) if (wants(owned, job)) return true;
    return false;
  }

  /** Lets those that want it join, one after the other; each gets the job that the one before has made of it. */
  async *join(job: NewJob): AsyncGenerator<JoinedAddition> {
    let current = job;
    for (const owned of [...this.#all]) {
      if (!wants(owned, current)) continue;
      const { joiner, enter, charge } = owned;
      const joined = await enter(() => joiner.join(current));
      current = joined.job;
      yield {
        job: current,
        store: (db, jobId) => enter(() => joined.store(db, jobId)),
        ended: async (isStored) => enter(() => joined.ended(isStored)).catch(charge),
      };
    }
  }
}

function wants({ joiner, charge }: Owned, job: NewJob): boolean {
  try {
    return joiner.wants(job);
  } catch (error) {
    charge(error);
    return false;
  }
}
