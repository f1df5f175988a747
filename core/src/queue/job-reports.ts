// What a processor or a plugin reports from outside an attempt: progress and metrics of a job, and errors.
import { type Actions, JobsError, type Progress } from '@phraseworks/sdk';
import { publicState } from '../job/lifecycle.ts';
import { Clock } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { messageOf, notFound, stackOf } from '../kernel/errors.ts';
import { isId } from '../kernel/id.ts';
import { decodeJson, encodeJson } from '../kernel/json.ts';
import { Log } from '../kernel/logger.ts';
import { Signal } from '../kernel/signal.ts';
import { jobEvent } from '../store/codec.ts';
import { JobReads } from '../store/job-reads.ts';
import { changeMetrics } from '../store/job-writes.ts';
import { Ledger } from '../store/ledger.ts';
import { WriteQueue } from '../store/write-queue.ts';
import { readProgress, refusal } from './admission.ts';
import { Attempts } from './attempts.ts';

const METRICS_LIMITS = { bytes: 16 * 1_024, depth: 5 };
const CONTEXT_LIMITS = { bytes: 4_096, depth: 5 };

export class JobReports extends Needing<typeof JobReports.needs> {
  static readonly needs = {
    attempts: Attempts,
    reads: JobReads,
    writes: WriteQueue,
    ledger: Ledger,
    clock: Clock,
    log: Log,
  };
  readonly handled = new Signal<Actions['error']>();

  /** If the job runs in this process, its attempt writes the progress with its other reports; otherwise it is written at once. */
  async progress(id: string, progress: Progress): Promise<void> {
    const { attempts, reads, writes, ledger, clock } = this.needs;
    const kept = readProgress(progress);
    const attempt = attempts.get(id);
    if (attempt) return attempt.progress(kept);
    ledger.dialect.inside.refuse('updateJobProgress() was called');
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
    if (!isId(id) || !(await this.needs.ledger.transact((tx) => changeMetrics(tx, id, merge)))) throw notFound();
  }

  /** Never rejects, whatever the options are. */
  async error(
    plugin: string | null,
    error: unknown,
    given: unknown,
    options: { silent?: boolean; additionalData?: Record<string, unknown> } | undefined,
  ): Promise<void> {
    const { attempts, log } = this.needs;
    const context = typeof given === 'string' ? given : undefined;
    const jobId = jobIn(options);
    const where = `${plugin ? `[${plugin}] ` : ''}${context ?? 'an error'}`;
    if (!options?.silent) log.error(`${where}: ${messageOf(error)}${jobId ? ` (job ${jobId})` : ''}`);
    const attempt = jobId ? attempts.get(jobId) : undefined;
    if (attempt) {
      const known = encodeJson(options?.additionalData, 'additionalData', CONTEXT_LIMITS);
      attempt.log.error(`${context ?? 'error'}: ${messageOf(error)}`, known.ok ? known.text : '');
      const stack = stackOf(error);
      if (stack) attempt.log.debug(stack);
    }
    await this.handled.emitAndWait({ error, context, jobId, plugin: plugin ?? undefined });
  }
}

/** The job that the caller names. */
function jobIn(options: { additionalData?: Record<string, unknown> } | null | undefined): string | undefined {
  try {
    const id = options?.additionalData?.jobId;
    return typeof id === 'string' && isId(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
