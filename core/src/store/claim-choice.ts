// Chooses the jobs of one claim: the most urgent over all types of the plan, plugins and types of equal urgency in turn, the oldest first. A plan
// from `queue/worker.ts` goes in, claimed jobs come out. The write queue claims stored jobs; `job-writes.ts` claims jobs that it
// is about to insert, which saves them a second write, but only if no stored job of these types waits.
import type { JobEvent } from '@phraseworks/sdk';
import { STEPS } from '../job/lifecycle.ts';
import type { ClaimedJob, JobRecord, Limit } from '../job/record.ts';
import type { Changes } from './changes.ts';
import { isOver } from './deadlines.ts';
import type { ClaimGates, StoredLimits } from './limits.ts';
import type { Statements } from './shared-statements.ts';
import type { Tx } from './tx.ts';

export interface ClaimPlan {
  node: string;
  now: number;
  leaseUntil: number;
  /** Jobs wanted in all. */
  limit: number;
  /** What `holds.ts` counts, as of this plan. */
  holds: number;
  /** The types that can be claimed, in the order of their turn. */
  types: readonly PlannedType[];
  /** How many more jobs each group of types may get. */
  room: ReadonlyMap<string, number>;
  /** Jobs of types with a limit over all processes: how many, none of them ahead, and when they have to have begun (steady clock). */
  limited?: { most: number; beginBy: number };
  event: (job: ClaimedJob) => JobEvent;
}

export interface PlannedType {
  type: string;
  /** Turns go to plugins first. */
  plugin: string | null;
  /** The types that share its limit; null: it has none. */
  group: string | null;
  /** Its limit over all processes. */
  limit?: Limit | null;
}

/** The priority of a type of which nothing is ready. */
const NONE = Number.POSITIVE_INFINITY;

/** Where jobs are taken from. */
interface ReadyJobs {
  /** The best priority of each of these types, worse than `above`. */
  heads(types: readonly string[], above?: number): Promise<ReadonlyMap<string, number>>;
  /** The oldest ready jobs of a type and priority. */
  take(type: string, priority: number, limit: number): Promise<ClaimedJob[]>;
  /** Null where no limit is looked at. */
  gates(limits: readonly Limit[]): Promise<ClaimGates | null>;
  /** These jobs, as far as they are ready. */
  takeThese(ids: readonly string[]): Promise<ClaimedJob[]>;
}

/** Claims stored jobs. Throws `HoldsChanged`. */
export function claimJobs(
  tx: Tx,
  statements: Statements,
  changes: Changes,
  plan: ClaimPlan,
  limits?: StoredLimits,
): Promise<ClaimedJob[]> {
  const { node, leaseUntil, now, holds } = plan;
  const look = { tx, now, holds, fresh: changes.madeReady() };
  return chooseFrom(changes, plan, {
    heads: (types, above) => statements.heads(types, { ...look, ...(above === undefined ? {} : { above }) }),
    take: (type, priority, limit) => statements.claim(tx, { type, priority, limit, node, leaseUntil, now, holds }),
    gates: async (limited) => limits?.gates(tx, limited) ?? null,
    takeThese: (ids) => statements.claimThese(tx, { ids, node, leaseUntil, now, holds }),
  });
}

/** Claims among jobs that are about to be stored; null if stored ones of these types wait, which come before them. Throws `HoldsChanged`. */
export async function claimNew(
  tx: Tx,
  statements: Statements,
  changes: Changes,
  plan: ClaimPlan,
  records: readonly JobRecord[],
): Promise<ClaimedJob[] | null> {
  const { now, holds } = plan;
  const own = new Map<string, JobRecord[]>();
  for (const record of records) {
    if (record.state !== STEPS.claim.from[0]) continue;
    const list = own.get(record.type);
    if (list) list.push(record);
    else own.set(record.type, [record]);
  }
  // Only a claim of stored jobs looks at limits.
  if (plan.types.some(({ type, limit }) => limit && own.has(type))) return null;
  // The new jobs are counted already.
  const fresh = changes
    .madeReady()
    .filter((type) => changes.net(STEPS.claim.from[0], type) > (own.get(type)?.length ?? 0));
  const types = plan.types.map(({ type }) => type);
  if (!(await statements.noneReady(types, { tx, now, holds, fresh }))) return null;
  for (const list of own.values()) list.sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1));
  return chooseFrom(changes, plan, {
    heads: async (asked, above = Number.NEGATIVE_INFINITY) => {
      const heads = new Map<string, number>();
      for (const type of asked) {
        const head = own.get(type)?.find(({ priority }) => priority > above);
        if (head) heads.set(type, head.priority);
      }
      return heads;
    },
    take: async (type, priority, limit) => {
      const list = own.get(type) ?? [];
      const from = list.findIndex((record) => record.priority === priority);
      let to = from;
      while (to - from < limit && list[to]?.priority === priority) to += 1;
      return list.splice(from, to - from).map((record) => claimedOf(record, now));
    },
    gates: async () => null,
    takeThese: async () => [],
  });
}

/** A small object: it is kept until the job has ended, and a copy of the whole record would make each job a third slower. */
const claimedOf = (record: JobRecord, startedAt: number): ClaimedJob => ({
  id: record.id,
  type: record.type,
  plugin: record.plugin,
  priority: record.priority,
  data: record.data,
  attempt: record.attempt + 1,
  crashes: record.crashes,
  maxRetries: record.maxRetries,
  retryDelay: record.retryDelay,
  backoff: record.backoff,
  timeout: record.timeout,
  run: record.run + 1,
  since: record.createdAt,
  trace: record.trace,
  dataVersion: record.dataVersion,
  startedAt,
  waitsUntil: record.deadline?.waitsUntil ?? null,
  giveUpAt: record.deadline?.giveUpAt ?? null,
});

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

/** The best jobs of the plan's types: by priority over all, in turn between plugins and then between their types, by age inside a type. */
async function chooseFrom(changes: Changes, plan: ClaimPlan, source: ReadyJobs): Promise<ClaimedJob[]> {
  const claimed: ClaimedJob[] = [];
  const {
    from: [from],
    to,
  } = STEPS.claim;
  const room = new Map(plan.room);
  const { most = plan.limit, beginBy } = plan.limited ?? {};
  let gates: ClaimGates | null = null;
  let limitedLeft = most;
  const roomOf = ({ group, limit }: PlannedType): number => {
    const inGroup = group === null ? NONE : (room.get(group) ?? NONE);
    return limit && gates ? Math.min(inGroup, limitedLeft, gates.roomOf(limit)) : inGroup;
  };
  const open = plan.types.filter((one) => roomOf(one) > 0).map((one) => ({ head: NONE, ...one }));
  const heads = await source.heads(open.map(({ type }) => type));
  const limited: Limit[] = [];
  for (const one of open) {
    one.head = heads.get(one.type) ?? NONE;
    if (one.limit && one.head < NONE) limited.push(one.limit);
  }
  if (limited.length > 0) gates = await source.gates(limited);
  while (claimed.length < plan.limit) {
    const waiting = open.filter((one) => one.head < NONE && roomOf(one) > 0);
    if (waiting.length === 0) break;
    const best = Math.min(...waiting.map(({ head }) => head));
    const plugins = byPlugin(waiting.filter(({ head }) => head === best));
    const share = Math.ceil((plan.limit - claimed.length) / plugins.length);
    for (const types of plugins) {
      let left = Math.min(share, plan.limit - claimed.length);
      const each = Math.ceil(left / types.length);
      for (const one of types) {
        const limit = Math.min(each, left, roomOf(one));
        if (limit <= 0) continue;
        const rows =
          gates && one.limit?.by
            ? await source.takeThese(await gates.inTurn(one.type, best, limit))
            : await source.take(one.type, best, limit);
        if (one.limit && gates) {
          limitedLeft -= rows.length;
          gates.took(one.limit, rows);
        }
        for (const job of rows) {
          if (one.limit?.rate && beginBy !== undefined) job.beginBy = beginBy;
          claimed.push(job);
          changes.moved(from, to, job);
          if (!isOver(job, plan.now)) changes.event(plan.event(job));
        }
        left -= rows.length;
        if (one.group !== null) room.set(one.group, roomOf(one) - rows.length);
        // The next worse priority: other processes hold the rest of this one.
        if (rows.length < limit) one.head = (await source.heads([one.type], best)).get(one.type) ?? NONE;
      }
    }
  }
  await gates?.write();
  return claimed;
}

function byPlugin<T extends PlannedType>(types: readonly T[]): T[][] {
  const plugins = new Map<string | null, T[]>();
  for (const one of types) {
    const known = plugins.get(one.plugin);
    if (known) known.push(one);
    else plugins.set(one.plugin, [one]);
  }
  return [...plugins.values()];
}
