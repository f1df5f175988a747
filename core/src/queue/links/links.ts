// What waits for what, for people: lists, and why a job waits; and the results of the jobs before, for its processor.
import type { Job } from '@phraseworks/sdk';
import type { JobLinks, LinkedJob } from '@phraseworks/sdk/contract';
import { publicState } from '../../job/lifecycle.ts';
import { AFTER } from '../../job/link.ts';
import type { JobRecord } from '../../job/record.ts';
import type { Built } from '../../kernel/container.ts';
import { LinkReads } from '../../store/links/reads.ts';

export class JobLinksOf {
  static readonly needs = { reads: LinkReads };
  readonly #needs;

  constructor(needs: Built<typeof JobLinksOf.needs>) {
    this.#needs = needs;
  }

  /** `see`: those of these jobs that the caller may see. */
  async of(id: string, see: (ids: readonly string[]) => Promise<readonly Job[]>): Promise<JobLinks> {
    const { before, next, batches } = await this.#needs.reads.of(id);
    const jobs = new Map((await see([...before, ...next].map((link) => link.id))).map((job) => [job.id, job]));
    const shown = (links: typeof before): LinkedJob[] =>
      links.flatMap(({ id: other, name, onFailed }) => {
        const job = jobs.get(other);
        return job ? [{ id: other, type: job.type, status: job.status, name, onFailed }] : [];
      });
    return { before: shown(before), next: shown(next), batches };
  }

  /** Why a job waits for others, or was cancelled because of one; null if neither. */
  async why({ id, state, reason }: JobRecord): Promise<string | null> {
    if (reason !== AFTER) return null;
    const { reads } = this.#needs;
    if (state === 'cancelled') {
      const { first } = await reads.waiting(id, ['failed', 'cancelled']);
      return (
        first && `Cancelled: it was to run after job ${first.id} (${first.type}), which is ${publicState(first.state)}.`
      );
    }
    const { first, more, batch } = await reads.waiting(id, null);
    if (batch !== null) return `Blocked: it starts when its batch "${batch}" is closed.`;
    const others = more === 0 ? '' : ` ${more} other ${more === 1 ? 'job' : 'jobs'} must end, too.`;
    return (
      first && `Blocked: it runs after job ${first.id} (${first.type}), which is ${publicState(first.state)}.${others}`
    );
  }
}
