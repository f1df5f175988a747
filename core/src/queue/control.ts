// What a person or a plugin does to one job: cancel it, put it back, let it run now, report on it.
import { type Job, JobsError, type Progress, parse } from '@phraseworks/sdk';
import { errorText } from '@phraseworks/sdk/host';
import { isFinal, publicState } from '../job/lifecycle.ts';
import type { JobRecord } from '../job/record.ts';
import type { Clock } from '../kernel/clock.ts';
import { notFound } from '../kernel/errors.ts';
import { isId } from '../kernel/id.ts';
import { DATA_LIMITS, decodeJson, encodeJson } from '../kernel/json.ts';
import { completingAttempt, jobEvent, toJob } from '../store/codec.ts';
import type { JobReads } from '../store/job-reads.ts';
import { changeMetrics } from '../store/job-writes.ts';
import type { Ledger } from '../store/ledger.ts';
import type { Maintenance } from '../store/maintenance.ts';
import type { Transition } from '../store/transition.ts';
import type { WriteQueue } from '../store/write-queue.ts';
import { cannotRun, progressErrors, refusal, runAgain, stillEnding } from './admission.ts';
import type { TypeRegistry } from './registry.ts';
import type { Worker } from './worker.ts';

const METRICS_LIMITS = { bytes: 16 * 1_024, depth: 5 };

export class Control {
  readonly #needs;

  constructor(needs: {
    ledger: Ledger;
    moves: Transition;
    reads: JobReads;
    writes: WriteQueue;
    maintenance: Maintenance;
    registry: TypeRegistry;
    worker: Worker;
    clock: Clock;
  }) {
    this.#needs = needs;
  }

  /** Of a cancel and a settlement that race, one wins, and the answer says which. */
  async cancel(id: string, by: string | null): Promise<boolean> {
    if (!isId(id)) return false;
    const { moves, worker, clock } = this.#needs;
    const moved = await moves.one(id, { step: 'cancel', at: clock.now(), reason: 'cancelled', by });
    if (moved?.state === 'processing') worker.cancel(id);
    return moved !== null;
  }

  /** Queues a finished job again, with new data if given. */
  async retry(id: string, options: { data?: unknown; by?: string | null }): Promise<Job> {
    const { moves, clock, registry } = this.#needs;
    const record = await this.#find(id);
    const data =
      'data' in options && options.data !== undefined ? await this.#encode(record, options.data) : record.data;
    const park = registry.parkReason(record.type);
    if (park) {
      throw cannotRun(park, ', then retry it');
    }
    const at = clock.now();
    const completed = completingAttempt(record);
    const put = moves.one(
      id,
      {
        step: 'requeue',
        // The row will be reused for the next attempt.
        ...(completed ? { attemptRow: { ...completed, jobId: id } } : {}),
        at,
        reason: null,
        by: options.by ?? null,
        set: {
          data,
          attempt: 0,
          crashes: 0,
          lone_crashes: 0,
          lane: registry.laneOf(record.type),
          plugin: registry.ownerOf(record.type) ?? null,
          result: null,
          error: null,
          message: null,
          progress: null,
          run_at: null,
          lease_until: null,
        },
      },
      (now) => {
        if (now.run !== record.run) throw runAgain();
        const status = publicState(now.state);
        if (!isFinal(status))
          throw new JobsError('INVALID_STATE', `Only a job that is over can be retried; this one is ${status}.`);
        if (now.leaseUntil !== null && now.leaseUntil > at) {
          throw stillEnding();
        }
      },
    );
    try {
      if (!(await put)) throw notFound();
    } catch (error) {
      this.#lookAgain();
      throw error;
    }
    return this.#waking(id);
  }

  /** Lets a job that waits for its time run now. */
  async run(id: string, by: string | null): Promise<Job> {
    const record = await this.#find(id);
    if (record.state === 'ready' || record.state === 'processing') return toJob(record, this.#needs.registry);
    const { moves, clock, registry } = this.#needs;
    const park = registry.parkReason(record.type);
    if (park && (record.state === 'parked' || (record.state === 'scheduled' && park === 'paused')))
      throw cannotRun(park);
    if (record.state !== 'scheduled' && record.state !== 'parked') {
      throw new JobsError(
        'INVALID_STATE',
        `Only a job that waits can be run now; this one is ${publicState(record.state)}: retry it.`,
      );
    }
    await moves.one(
      id,
      record.state === 'scheduled'
        ? { step: 'run', at: clock.now(), set: { run_at: null } }
        : {
            step: 'unpark',
            at: clock.now(),
            reason: null,
            by,
            set: { run_at: null, lane: registry.laneOf(record.type) },
          },
    );
    return this.#waking(id);
  }

  /** Removes a job that does not run, with all that belongs to it. Throws `JOB_NOT_FOUND`, `INVALID_STATE`. */
  async remove(id: string): Promise<void> {
    await this.#find(id);
    if (!(await this.#needs.maintenance.removeOne(id, this.#needs.clock.now()))) {
      const status = publicState((await this.#find(id)).state);
      if (isFinal(status)) throw stillEnding();
      throw new JobsError(
        'INVALID_STATE',
        `A job that runs cannot be deleted; this one is ${status}: cancel it first.`,
      );
    }
    await this.#needs.maintenance.removed.emitAndWait([id]);
  }

  /** From the processor's own process it is coalesced; from elsewhere it is written as it comes. Left out when the job does not run. */
  async progress(id: string, progress: Progress): Promise<void> {
    const errors = progressErrors(progress);
    if (errors.length > 0) throw new JobsError('INVALID_DATA', errors.map(errorText).join('; '), { errors });
    const attempt = this.#needs.worker.attempt(id);
    if (attempt) return attempt.progress(progress);
    const record = await this.#find(id);
    if (record.state !== 'processing') {
      throw new JobsError(
        'INVALID_STATE',
        `Only a job that runs has progress; this one is ${publicState(record.state)}.`,
      );
    }
    const { percentage, processed, total, message } = progress;
    const kept = JSON.parse(JSON.stringify({ percentage, processed, total, message })) as Progress;
    await this.#needs.writes.progress({
      claim: { id, node: record.node ?? '', run: record.run },
      progress: JSON.stringify(kept),
      logs: [],
      event: jobEvent('job_progress', 'processing', record, this.#needs.clock.now(), { progress: kept }),
    });
  }

  /** Merged with the stored list at that moment: two recorded at the same time are both kept. */
  async recordMetrics(id: string, metrics: Record<string, unknown>): Promise<void> {
    if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics)) {
      const errors = [{ path: 'metrics', message: 'must be an object' }];
      throw new JobsError('INVALID_DATA', 'metrics must be an object', { errors });
    }
    const merge = (known: string | null): string => {
      const encoded = encodeJson(
        { ...(decodeJson(known ?? '{}') as object | undefined), ...metrics },
        'metrics',
        METRICS_LIMITS,
      );
      if (encoded.ok) return encoded.text;
      const errors = [encoded.error];
      throw new JobsError('INVALID_DATA', `${encoded.error.path} ${encoded.error.message}`, { errors });
    };
    if (!isId(id) || !(await this.#needs.ledger.transact((tx) => changeMetrics(tx, id, merge)))) throw notFound();
  }

  async #encode(record: JobRecord, data: unknown): Promise<string> {
    const schema = this.#needs.registry.get(record.type)?.options.data;
    const parsed = schema ? await parse(schema, data, 'data') : null;
    if (parsed && !parsed.ok) throw refusal(parsed.errors, false);
    const encoded = encodeJson(data, 'data', DATA_LIMITS);
    if (encoded.ok) return encoded.text;
    throw refusal([encoded.error], encoded.tooLarge);
  }

  async #find(id: string): Promise<JobRecord> {
    const record = isId(id) ? await this.#needs.reads.get(id) : null;
    if (!record) throw notFound();
    return record;
  }

  /** Returns the requeued job and triggers a claim. */
  async #waking(id: string): Promise<Job> {
    try {
      return toJob(await this.#find(id), this.#needs.registry);
    } finally {
      this.#lookAgain();
    }
  }

  /** Of two calls at once the second locks the row for a moment and changes nothing: a claim at that moment skips the row. */
  #lookAgain(): void {
    this.#needs.ledger.dialect.statements.forgetPosition('back');
    this.#needs.writes.poke();
  }
}
