// Since when the oldest ready job of each lane waits: a few steps in the claim index, however many jobs there are.
import type { Dialect } from './dialect.ts';
import { prepare } from './prepared.ts';

const MOST_LANES = 200;
/** Better than any priority. */
const BELOW_ALL = -2_147_483_649;

type Ready = { priority: number; created_at: number; run_at: number | null; ready_at: number | null };

/** Answers lane to milliseconds since 1970. */
export function oldestReady({ db, read }: Pick<Dialect, 'db' | 'read'>): () => Promise<Map<string, number>> {
  const ready = db.selectFrom('pwj_jobs').where('state', '=', 'ready');
  const nextLane = prepare<{ lane: string }, { lane: string }>((p) =>
    ready.select('lane').where('lane', '>', p.lane).orderBy('lane').limit(1),
  );
  const next = prepare<{ lane: string; above: number }, Ready>((p) =>
    ready
      .select(['priority', 'created_at', 'run_at', 'ready_at'])
      .where('lane', '=', p.lane)
      .where('priority', '>', p.above)
      .orderBy('priority')
      .orderBy('id')
      .limit(1),
  );

  /** The oldest one of the lane is the first one of some priority. */
  const oldestIn = async (lane: string): Promise<number> => {
    let since = Number.POSITIVE_INFINITY;
    for (let above = BELOW_ALL; ; ) {
      const [job] = await read(next, { lane, above });
      if (!job) return since;
      since = Math.min(since, Math.max(job.created_at, job.run_at ?? 0, job.ready_at ?? 0));
      above = job.priority;
    }
  };

  return async () => {
    const oldest = new Map<string, number>();
    for (let lane = ''; oldest.size < MOST_LANES; ) {
      const [found] = await read(nextLane, { lane });
      if (!found) break;
      lane = found.lane;
      const since = await oldestIn(lane);
      if (Number.isFinite(since)) oldest.set(lane, since);
    }
    return oldest;
  };
}
