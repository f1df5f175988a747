// A waiting job takes over what a later one of its key has, or only waits longer.
import type { JobRecord } from '../../job/record.ts';
import type { Changes } from '../changes.ts';
import { locked, type Movable, type Move, type Transition } from '../transition.ts';
import type { Tx } from '../tx.ts';

export interface Change {
  /** Null: it only waits longer. */
  by: JobRecord | null;
  runAt: number | null;
  priority: number;
}

/** These jobs are locked already. Returns when they may run. */
export async function changeStored(
  tx: Tx,
  moves: Transition,
  changes: Changes,
  wanted: ReadonlyMap<string, Change>,
  now: number,
): Promise<(number | null)[]> {
  const plan: [Movable, Move][] = [];
  const due: (number | null)[] = [];
  for (const job of await locked(tx, [...wanted.keys()].sort())) {
    const { by, runAt, priority } = wanted.get(job.id) as Change;
    const isBlocked = job.state === 'blocked';
    const set = { run_at: runAt, ...(by ? taken(by, priority) : {}) };
    if (isBlocked && !by) {
      await tx.db.updateTable('pwj_jobs').set(set).where('id', '=', job.id).execute();
      continue;
    }
    const dueAt = runAt !== null && runAt > now ? runAt : null;
    const step = by ? (isBlocked ? 'replaceBlocked' : 'replace') : 'postpone';
    const deadline = by ? { deadline: by.deadline ?? null } : {};
    plan.push([job, { step, at: now, dueAt, by: by?.keyed?.by ?? null, set, ...deadline }]);
    if (!isBlocked) due.push(dueAt);
  }
  const replaced = plan.flatMap(([{ id }, { step }]) => (step === 'postpone' ? [] : [id]));
  if (replaced.length > 0) await tx.db.deleteFrom('pwj_receipts').where('job_id', 'in', replaced).execute();
  if (plan.length > 0) await moves.write(tx, changes, plan);
  return due;
}

/** As if it was added now. It keeps its own idempotency key, which belongs to the first request. */
const taken = (by: JobRecord, priority: number) => ({
  data: by.data,
  data_version: by.dataVersion,
  max_retries: by.maxRetries,
  retry_delay: by.retryDelay,
  backoff: by.backoff,
  timeout: by.timeout,
  trace: by.trace,
  priority,
  attempt: 0,
  crashes: 0,
  lone_crashes: 0,
  error: null,
  progress: null,
});
