// Plugins that store rows with jobs, in the transaction of the job.
import type { AdditionJoiner, Dispose, NewJob } from '@phraseworks/sdk';

export class Joiners {
  readonly #all = new Set<AdditionJoiner>();

  add(joiner: AdditionJoiner): Dispose {
    this.#all.add(joiner);
    return () => void this.#all.delete(joiner);
  }

  /** Does any of them want this job? Asked for every job that is added. */
  want(job: NewJob): boolean {
    for (const joiner of this.#all) if (joiner.wants(job)) return true;
    return false;
  }

  list(): readonly AdditionJoiner[] {
    return [...this.#all];
  }
}
