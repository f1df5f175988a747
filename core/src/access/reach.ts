// What one call does to jobs that it does not name: those that follow a job, and the jobs of a batch. Asks for the rights over each of them first.
import { JobsError } from '@phraseworks/sdk';
import { Needing } from '../kernel/container.ts';
import { JobQueries } from '../queue/job-queries.ts';
import { LinkReads, type Touched } from '../store/links/reads.ts';
import { type Caller, isAllowed } from './actor.ts';
import { Adding } from './adding.ts';

/** `delete` of a job that waits ends what follows it, as `cancel` does. */
type Act = 'retry' | 'cancel' | 'delete';

export class Reach extends Needing<typeof Reach.needs> {
  static readonly needs = { links: LinkReads, queries: JobQueries, adding: Adding };

  /** Throws `FORBIDDEN` with the types over which the caller has no such right. `id`: of a job, whose own right was asked, or of a batch. */
  async check(actor: Caller, act: Act, id: string): Promise<void> {
    if (actor.mayAll) return;
    const missing = new Set<string>();
    for await (const touched of this.needs.links.touchedWith(id, act === 'retry'))
      for (const type of await this.#missing(actor, act, touched)) missing.add(type);
    if (missing.size === 0) return;
    const types = [...missing].sort().join(', ');
    throw new JobsError(
      'FORBIDDEN',
      `You may not ${act} jobs of these types, which it would concern as well: ${types}.`,
    );
  }

  async #missing(actor: Caller, act: Act, touched: readonly Touched[]): Promise<string[]> {
    const { queries, adding } = this.needs;
    const { where } = await actor.require('operate', 'some');
    const own = where
      ? await queries.these(
          touched.map(({ id }) => id),
          where,
        )
      : [];
    const seen = new Set(own.map(({ id }) => id));
    const foreign = touched.filter(({ id }) => where && !seen.has(id)).map(({ type }) => type);
    if (act !== 'retry') return foreign;
    // Without a filter, a type says it for all its jobs.
    const asked = where ? own : new Map(touched.map((job) => [job.type, job])).values();
    for (const job of asked) {
      // A filter may ask for data that a list leaves out.
      const whole = 'dataBytes' in job ? ((await queries.get(job.id)) ?? job) : job;
      if (!(await isAllowed(adding.checkAgain(actor, whole)))) foreign.push(job.type);
    }
    return foreign;
  }
}
