// What a processor or a plugin reports on a job from outside its attempt: progress and metrics.
import { JobsError, type Progress } from '@phraseworks/sdk';
import { publicState } from '../job/lifecycle.ts';
import { Clock } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { notFound } from '../kernel/errors.ts';
import { isId } from '../kernel/id.ts';
import { decodeJson, encodeJson } from '../kernel/json.ts';
import { jobEvent } from '../store/codec.ts';
import { JobReads } from '../store/job-reads.ts';
import { changeMetrics } from '../store/job-writes.ts';
import { Ledger } from '../store/ledger.ts';
import { WriteQueue } from '../store/write-queue.ts';
import { readProgress, refusal } from './admission.ts';
import { Attempts } from './attempts.ts';

const METRICS_LIMITS = { bytes: 16 * 1_024, depth: 5 };

export class JobReports {
  static readonly needs = { attempts: Attempts, reads: JobReads, writes: WriteQueue, ledger: Ledger, clock: Clock };
  readonly #needs;

  constructor(needs: Built<typeof JobReports.needs>) {
    this.#needs = needs;
  }

  /** If the job runs in this process, its attempt writes the progress with its other reports; otherwise it is written at once. */
  async progress(id: string, progress: Progress): Promise<void> {
    const { attempts, reads, writes, clock } = this.#needs;
    const kept = readProgress(progress);
    const attempt = attempts.get(id);
    if (attempt) return attempt.progress(kept);
    const record = isId(id) ? await reads.get(id) : null;
    if (!record) throw notFound();
    if (record.state !== 'processing') {
      throw new JobsError(
        'INVALID_STATE',
        `Only a running job can report progress; this one is ${publicState(record.state)}.`,
      );
    }
    await writes.progress({
      claim: { id, node: record.node ?? '', run: record.run },
      progress: JSON.stringify(kept),
      logs: [],
      event: jobEvent('job_progress', 'processing', record, clock.now(), { progress: kept }),
    });
  }

  /** Adds to the stored metrics in one transaction, so that of two simultaneous calls both are kept. */
  async recordMetrics(id: string, metrics: Record<string, unknown>): Promise<void> {
    if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics))
      throw refusal([{ path: 'metrics', message: 'must be an object' }], false);
    const merge = (known: string | null): string => {
      const merged = { ...(decodeJson(known ?? '{}') as object | undefined), ...metrics };
      const encoded = encodeJson(merged, 'metrics', METRICS_LIMITS);
      if (encoded.ok) return encoded.text;
      throw refusal([encoded.error], false);
    };
    if (!isId(id) || !(await this.#needs.ledger.transact((tx) => changeMetrics(tx, id, merge)))) throw notFound();
  }
}
