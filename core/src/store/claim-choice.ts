// Chooses the jobs of one claim: the most urgent over all lanes of the plan, lanes of equal urgency in turn, the oldest first. A plan
// from `queue/claim-planner.ts` goes in, claimed jobs come out. The write queue claims stored jobs; `job-writes.ts` claims jobs that it
// is about to insert, which saves them a second write, but only if no stored job waits in these lanes.
import type { JobEvent } from '@phraseworks/sdk';
import { STEPS } from '../job/lifecycle.ts';
import type { ClaimedJob, JobRecord } from '../job/record.ts';
import type { Changes } from './changes.ts';
import type { Statements } from './shared-statements.ts';
import type { Tx } from './tx.ts';

export interface ClaimPlan {
  node: string;
  now: number;
  leaseUntil: number;
  /** Jobs wanted in all. */
  limit: number;
  /** The lanes that can be served, in the order of their turn, each with its own limit. */
  lanes: readonly { lane: string; limit: number }[];
  event: (job: ClaimedJob) => JobEvent;
}

/** The priority of a lane in which nothing is ready. */
const NONE = Number.POSITIVE_INFINITY;

/** Where jobs are taken from. */
interface ReadyJobs {
  /** The best priority of each of these lanes, worse than `above`. */
  heads(lanes: readonly string[], above?: number): Promise<ReadonlyMap<string, number>>;
  /** The oldest ready jobs of a lane and priority. */
  take(lane: string, priority: number, limit: number): Promise<ClaimedJob[]>;
}

/** Claims stored jobs. */
export function claimJobs(tx: Tx, statements: Statements, changes: Changes, plan: ClaimPlan): Promise<ClaimedJob[]> {
  const { node, leaseUntil, now } = plan;
  return chooseFrom(changes, plan, {
    heads: (lanes, above) => statements.heads(lanes, { tx, now, ...(above === undefined ? {} : { above }) }),
    take: (lane, priority, limit) => statements.claim(tx, { lane, priority, limit, node, leaseUntil, now }),
  });
}

/** Claims among jobs that are about to be stored; null if stored ones wait in these lanes, which come before them. */
export async function claimNew(
  tx: Tx,
  statements: Statements,
  changes: Changes,
  plan: ClaimPlan,
  records: readonly JobRecord[],
): Promise<ClaimedJob[] | null> {
  const { now } = plan;
  const names = plan.lanes.map(({ lane }) => lane);
  if (!(await statements.noneReady(tx, names, now))) return null;
  const lanes = new Map<string, JobRecord[]>();
  for (const record of records) {
    if (record.state !== STEPS.claim.from[0]) continue;
    const lane = lanes.get(record.lane);
    if (lane) lane.push(record);
    else lanes.set(record.lane, [record]);
  }
  for (const lane of lanes.values()) lane.sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1));
  return chooseFrom(changes, plan, {
    heads: async (asked, above = Number.NEGATIVE_INFINITY) => {
      const heads = new Map<string, number>();
      for (const name of asked) {
        const head = lanes.get(name)?.find(({ priority }) => priority > above);
        if (head) heads.set(name, head.priority);
      }
      return heads;
    },
    take: async (name, priority, limit) => {
      const lane = lanes.get(name) ?? [];
      const from = lane.findIndex((record) => record.priority === priority);
      let to = from;
      while (to - from < limit && lane[to]?.priority === priority) to += 1;
      return lane.splice(from, to - from).map((record) => claimedOf(record, now));
    },
  });
}

const claimedOf = (record: JobRecord, startedAt: number): ClaimedJob => {
  const { id, type, plugin, lane, priority, data, crashes, maxRetries, retryDelay, backoff, timeout } = record;
  const { createdAt: since, trace, dataVersion } = record;
  const attempt = record.attempt + 1;
  const run = record.run + 1;
  return {
    id,
    type,
    plugin,
    lane,
    priority,
    data,
    attempt,
    crashes,
    maxRetries,
    retryDelay,
    backoff,
    timeout,
    run,
    since,
    trace,
    dataVersion,
    startedAt,
  };
};

/** The rows of new jobs, those that were claimed among them as a claim would have left them. */
export function asClaimed(
  records: readonly JobRecord[],
  claimed: readonly ClaimedJob[],
  { node, leaseUntil }: ClaimPlan,
): JobRecord[] {
  const taken = new Map(claimed.map((job) => [job.id, job]));
  return records.map((record) => {
    const job = taken.get(record.id);
    if (!job) return record;
    const { attempt, run, startedAt } = job;
    return { ...record, state: STEPS.claim.to, attempt, run, startedAt, node, leaseUntil };
  });
}

/** The best jobs of the plan's lanes: by priority over all lanes, in turn between lanes of one priority, by age inside a lane. */
async function chooseFrom(changes: Changes, plan: ClaimPlan, source: ReadyJobs): Promise<ClaimedJob[]> {
  const claimed: ClaimedJob[] = [];
  const {
    from: [from],
    to,
  } = STEPS.claim;
  const open = plan.lanes.filter((lane) => lane.limit > 0).map((lane) => ({ head: NONE, ...lane }));
  const lanes = open.map(({ lane }) => lane);
  const heads = await source.heads(lanes);
  for (const lane of open) lane.head = heads.get(lane.lane) ?? NONE;
  while (claimed.length < plan.limit) {
    const waiting = open.filter((lane) => lane.head < NONE && lane.limit > 0);
    if (waiting.length === 0) break;
    const best = Math.min(...waiting.map((lane) => lane.head));
    const turn = waiting.filter((lane) => lane.head === best);
    const share = Math.ceil((plan.limit - claimed.length) / turn.length);
    for (const lane of turn) {
      const limit = Math.min(share, lane.limit, plan.limit - claimed.length);
      if (limit <= 0) break;
      const rows = await source.take(lane.lane, best, limit);
      for (const job of rows) {
        claimed.push(job);
        changes.moved(from, to, job.type);
        changes.event(plan.event(job));
      }
      lane.limit -= rows.length;
      if (rows.length < limit) lane.head = await nextHead(source, lane.lane, best);
    }
  }
  return claimed;
}

/** The next worse priority of a lane: other processes hold the rest of this one. */
async function nextHead(source: ReadyJobs, lane: string, best: number): Promise<number> {
  const head = (await source.heads([lane], best)).get(lane) ?? NONE;
  return head > best ? head : NONE;
}
