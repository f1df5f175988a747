// Writes of the hot path inside an open transaction: add, settle, progress.
import type { AddOutcome, JobEvent, Subject } from '@phraseworks/sdk';
import { publicState, STEPS } from '../job/lifecycle.ts';
import type { ClaimedJob, ClaimToken, Deadline, JobRecord } from '../job/record.ts';
import { decodeJson } from '../kernel/json.ts';
import type { Changes } from './changes.ts';
import { asClaimed, type ClaimPlan, claimNew } from './claim-choice.ts';
import { jobEvent } from './codec.ts';
import { writeDeadlines } from './deadlines.ts';
import type { StoredLimits } from './limits.ts';
import type { Row } from './schema.ts';
import type { AttemptRow, HistoryRow, LogRow, SettleRow } from './shared-statements.ts';
import { type KnownKey, limitOf, type QueueSize, type Statements } from './shared-statements.ts';
import type { Tx } from './tx.ts';

/** Jobs added together: all or none. */
export interface Addition {
  records: readonly JobRecord[];
  tick: { schedule: string; tick: number } | null;
  /** Of a caller over HTTP. */
  isOutside?: boolean;
  /** Of a caller who may not see all jobs: those that are there and hidden from the caller refuse it. */
  sees?: ((job: Subject) => boolean) | undefined;
  /** The batch that its jobs belong to. `row`: of a new one; `waits`: they wait until it is closed. */
  batch?: { id: string; row: Row<'pwj_batches'> | null; waits: boolean };
}

/** The job that an added one is: itself, or one that was there. `outcome`: null if its type has no keys. */
export interface AddedJob {
  id: string;
  outcome: AddOutcome | null;
}

/** Because of the record at `index`: its idempotency key belongs to other data, or its key to the job `id`, null if that is hidden from who adds. */
export type Refused = { status: 'conflict'; index: number } | { status: 'duplicate'; index: number; id: string | null };

/** Because the batch is not there or closed, or the source `at` of the record at `index` is not there. */
export type Unlinkable = { status: 'closed' } | { status: 'unlinkable'; index: number; at: number };

export type Added =
  | { status: 'added' }
  /** One has a key, or an idempotency key that is known: the job of each. */
  | { status: 'existing'; jobs: AddedJob[] }
  | Refused
  | Unlinkable
  | { status: 'full'; limit: keyof QueueSize }
  | { status: 'already' };

export interface Settlement extends SettleRow {
  claim: ClaimToken;
  type: string;
  attemptRow: AttemptRow | null;
  logs: readonly LogRow[];
  history: HistoryRow | null;
  event: JobEvent | null;
  /** Duration in milliseconds of a completed attempt. */
  ran: number | null;
  /** Its processor closed its limit until then. */
  closes?: number;
  /** Its deadline from now on; null: none, undefined: the same. */
  deadline?: Deadline | null | undefined;
  /** The keys of the signals that it waits for from now on. */
  waits?: readonly string[];
}

/** What an attempt writes before its end: its start, progress, log lines. */
export interface ProgressWrite {
  claim: ClaimToken;
  /** Its processor is about to start: beside other jobs of the process, or alone. */
  begins?: 'beside others' | 'alone';
  /** JSON text; null if only log lines are written. */
  progress: string | null;
  logs: readonly LogRow[];
  event: JobEvent | null;
}

export interface AddedJobs {
  /** One for each addition. */
  added: Added[];
  /** Null if no claim was made: there was no plan, or stored jobs come first. */
  claimed: ClaimedJob[] | null;
  /** How many of the new jobs a worker must claim. */
  waiting: number;
  /** The id of a new row, or null; see `Changes`. */
  commitProbe: string | null;
}

/** Decides about the jobs with keys that one transaction adds. */
export interface KeyedAdditions {
  /** Holds their keys until the end of the transaction; returns what was answered before to their idempotency keys. */
  open(records: readonly JobRecord[]): Promise<ReadonlyMap<string, KnownKey>>;
  /** What is decided from here on counts once it is accepted. */
  begin(): void;
  decide(record: JobRecord): { id: string; outcome: AddOutcome | 'rejected' };
  accept(): void;
  write(changes: Changes): Promise<void>;
}

export interface KeyRules {
  adding(tx: Tx, now: number): KeyedAdditions;
  /** Gives a job that is queued again its key; an error if another one has that by now. */
  again(tx: Tx, id: string): Promise<Error | null>;
  /** Those of these jobs that may not run yet: others of their key are before them, or somebody else decides about that now. */
  turns(tx: Tx, jobs: readonly { id: string; type: string }[]): Promise<ReadonlyMap<string, 'behind' | 'held'>>;
}

/** Writes the links of the jobs that one transaction adds. */
export interface LinkedAdditions {
  refusal(addition: Addition): Unlinkable | null;
  /** With what each of its records became; null: itself. */
  write(changes: Changes, accepted: readonly (readonly [Addition, readonly AddedJob[] | null])[]): Promise<void>;
}

export interface LinkRules {
  adding(tx: Tx, additions: readonly Addition[]): Promise<LinkedAdditions>;
}

export interface AddHow {
  most: QueueSize;
  now: number;
  /** Jobs by their keys that this transaction itself does not see. */
  known?: ReadonlyMap<string, KnownKey>;
  /** Throw `KeyInUse` instead of waiting for other open transactions that are adding the same keys. */
  refuseUsedKeys?: boolean;
  keys?: KeyRules | undefined;
  limits?: StoredLimits | undefined;
  links?: LinkRules | undefined;
}

/** Other open transactions are adding jobs with these idempotency keys. */
export class KeyInUse extends Error {
  readonly keys: ReadonlySet<string>;

  constructor(keys: readonly string[]) {
    super('other open transactions are adding these keys');
    this.keys = new Set(keys);
  }
}

/** With a `plan`, jobs that would be claimed next are stored as claimed: one write instead of two. */
export async function addJobs(
  tx: Tx,
  statements: Statements,
  changes: Changes,
  additions: readonly Addition[],
  how: AddHow,
  plan: ClaimPlan | null = null,
): Promise<AddedJobs> {
  const adding = { waiting: 0, delayed: 0 };
  const wanted = new Set<string>();
  const withKeys: JobRecord[] = [];
  let isLinked = false;
  for (const { records, batch } of additions) {
    if (batch) isLinked = true;
    for (const record of records) {
      if (record.links) isLinked = true;
      const { state, idempotencyKey, keyed } = record;
      adding[limitOf(state)] += 1;
      if (idempotencyKey !== null) wanted.add(idempotencyKey);
      if (keyed) withKeys.push(record);
    }
  }
  const room = await statements.room(tx, { most: how.most, now: how.now, adding });
  const inserts: JobRecord[] = [];
  const keys = new Map([...(wanted.size > 0 ? await statements.byKeys(tx, [...wanted]) : []), ...(how.known ?? [])]);
  if (how.refuseUsedKeys) {
    const used = await statements.keysInUse(
      tx,
      [...wanted].filter((key) => !keys.has(key)),
    );
    if (used.length > 0) throw new KeyInUse(used);
  }
  const keyed = withKeys.length > 0 ? how.keys?.adding(tx, how.now) : undefined;
  for (const [key, answer] of (await keyed?.open(withKeys)) ?? []) keys.set(key, answer);
  const about = new Map<string, string>();
  const linked = isLinked ? await how.links?.adding(tx, additions) : undefined;
  const accepted: [Addition, AddedJob[] | null][] = [];
  const answers: Added[] = [];
  for (const addition of additions) {
    const { records, tick, isOutside } = addition;
    const refusal = linked?.refusal(addition);
    if (refusal) {
      answers.push(refusal);
      continue;
    }
    const found = keyed || wanted.size > 0 ? jobsOf(records, keys, keyed) : null;
    const hidden = found && addition.sees ? await firstHidden(tx, addition, found, inserts) : null;
    if (hidden !== null || (found && 'status' in found)) {
      answers.push(hidden === null ? (found as Refused) : { status: 'duplicate', index: hidden, id: null });
      continue;
    }
    const fresh = found ? records.filter(({ id }, i) => found.jobs[i]?.id === id) : records;
    const more = { waiting: 0, delayed: 0 };
    for (const { state } of fresh) more[limitOf(state)] += 1;
    const limit = exceeded(more, isOutside ? shareOf(room, how.most) : room);
    if (tick && (await tx.all(statements.tickTaken, tick)).length > 0) answers.push({ status: 'already' });
    else if (limit) answers.push({ status: 'full', limit });
    else {
      keyed?.accept();
      if (linked) accepted.push([addition, found?.jobs ?? null]);
      for (const [key, known] of found?.own ?? []) keys.set(key, known);
      room.waiting -= more.waiting;
      room.delayed -= more.delayed;
      for (const record of fresh) inserts.push(record);
      for (const [i, record] of records.entries()) {
        const there = found?.jobs[i];
        const isItsOwn = !there || there.id === record.id || there.outcome === 'replaced';
        if (record.about && isItsOwn) about.set(there?.id ?? record.id, record.about);
      }
      const jobId = found?.jobs[0]?.id ?? records[0]?.id;
      if (tick && jobId !== undefined) await tx.run(statements.takeTick, { ...tick, jobId });
      const isPlain = !found || (fresh.length === records.length && !records.some((record) => record.keyed));
      answers.push(isPlain ? { status: 'added' } : { status: 'existing', jobs: found.jobs });
    }
  }
  await keyed?.write(changes);
  const rows = [...about].map(([jobId, content]) => ({ jobId, about: content }));
  if (rows.length > 0) await tx.insertAll(statements.about, rows);
  await linked?.write(changes, accepted);
  const limited = inserts.filter((record) => record.limited);
  if (limited.length > 0) await how.limits?.place(tx, changes, limited);
  for (const record of inserts) {
    changes.count(record.state, record.type, 1);
    changes.event(jobEvent(STEPS.add.event, publicState(record.state), record, record.createdAt));
  }
  if (inserts.length === 0) return { added: answers, claimed: null, waiting: 0, commitProbe: null };
  const claimed = plan ? await claimNew(tx, statements, changes, plan, inserts) : null;
  await tx.insertAll(statements.insert, claimed ? asClaimed(inserts, claimed, plan as ClaimPlan) : inserts);
  const withDeadlines = inserts.filter(({ deadline }) => deadline);
  if (withDeadlines.length > 0) await writeDeadlines(tx, statements, changes, withDeadlines);
  const waiting = inserts.length - (claimed?.length ?? 0);
  if (waiting > 0) statements.rewindClaims('added');
  return { added: answers, claimed, waiting, commitProbe: inserts[0]?.id ?? null };
}

/** The job of each record: that of its idempotency key, what its key says, or itself. `own`: what is known of their idempotency keys then. */
function jobsOf(
  records: readonly JobRecord[],
  keys: ReadonlyMap<string, KnownKey>,
  keyed: KeyedAdditions | undefined,
): { jobs: AddedJob[]; own: ReadonlyMap<string, KnownKey> } | Refused {
  keyed?.begin();
  const own = new Map<string, KnownKey>();
  const jobs: AddedJob[] = [];
  for (const [index, record] of records.entries()) {
    const { id, idempotencyKey: key, fingerprint } = record;
    const known = key === null ? undefined : (own.get(key) ?? keys.get(key));
    if (known && known.fingerprint !== fingerprint) return { status: 'conflict', index };
    const decided = record.keyed && !known ? keyed?.decide(record) : null;
    if (decided?.outcome === 'rejected') return { status: 'duplicate', index, id: decided.id };
    const outcome = decided?.outcome ?? (record.keyed ? (known?.outcome ?? 'added') : null);
    const job = { id: (known ?? decided)?.id ?? id, outcome };
    if (key !== null) own.set(key, { ...job, fingerprint });
    jobs.push(job);
  }
  return { jobs, own };
}

/** The index of the first record whose job is there and hidden from who adds; null: none. `pending`: jobs that are about to be stored. */
async function firstHidden(
  tx: Tx,
  { records, sees }: Addition,
  found: ReturnType<typeof jobsOf>,
  pending: readonly JobRecord[],
): Promise<number | null> {
  if ('status' in found && found.status === 'conflict') return null;
  const own = new Set(records.map(({ id }) => id));
  const jobs = 'status' in found ? [[found.id, found.index] as const] : found.jobs.map(({ id }, i) => [id, i] as const);
  const there = jobs.flatMap(([id, i]) => (id === null || own.has(id) ? [] : [[id, i] as const]));
  if (there.length === 0) return null;
  const ids = there.map(([id]) => id);
  const query = tx.db
    .selectFrom('pwj_jobs')
    .select(['id', 'type', 'plugin', 'schedule', 'data'])
    .where('id', 'in', ids);
  const rows = new Map([...pending, ...(await tx.locked(query.orderBy('id')).execute())].map((job) => [job.id, job]));
  const shown = ([id, i]: readonly [string, number]): boolean => {
    const job = rows.get(id);
    if (!job) return false;
    // Who adds has it from before, and learns nothing.
    const isFirst =
      records[i]?.idempotencyKey !== null && job.data === records[i]?.data && job.type === records[i]?.type;
    return isFirst || sees?.({ ...job, data: decodeJson(job.data) }) === true;
  };
  return there.find((one) => !shown(one))?.[1] ?? null;
}

/** Callers over HTTP leave a tenth of the queue to the site itself: its code, its schedules and its retries. */
const shareOf = (room: QueueSize, most: QueueSize): QueueSize => ({
  waiting: room.waiting - Math.floor(most.waiting / 10),
  delayed: room.delayed - Math.floor(most.delayed / 10),
});

const exceeded = (more: QueueSize, room: QueueSize): keyof QueueSize | null => {
  if (more.waiting > Math.max(room.waiting, 0)) return 'waiting';
  return more.delayed > Math.max(room.delayed, 0) ? 'delayed' : null;
};

/** For each settlement, whether it is written, now or earlier; false if the job has moved on. */
export async function settleJobs(
  tx: Tx,
  statements: Statements,
  changes: Changes,
  list: readonly Settlement[],
): Promise<boolean[]> {
  const moved = await statements.settle(tx, list);
  const histories: HistoryRow[] = [];
  const attempts: AttemptRow[] = [];
  const logs: LogRow[] = [];
  const answers: boolean[] = [];
  for (const [i, s] of list.entries()) {
    if (moved[i]) {
      changes.moved(STEPS.claim.to, s.state, s);
      if (s.closes !== undefined) changes.closed(s, s.state, s.closes);
      if (s.ran !== null) changes.ran(s.type, s.ran);
      if (s.event) changes.event(s.event);
      else changes.announce('jobs');
      if (s.history) histories.push(s.history);
      if (s.attemptRow) attempts.push(s.attemptRow);
      answers.push(true);
    } else {
      const before = (await tx.all(statements.settled, { ...s.claim, state: s.state })).length > 0;
      const row = before || (await tx.run(statements.clearLease, s.claim)) === 0 ? null : rowOf(s);
      changes.ended(s);
      if (row) attempts.push({ ...row, outcome: 'cancelled' });
      answers.push(before);
    }
    if (s.logs.length > 0) logs.push(...s.logs);
  }
  const limited = list.filter(({ deadline }, i) => deadline !== undefined && moved[i]);
  if (limited.length > 0) await writeDeadlines(tx, statements, changes, limited);
  if (histories.length > 0) await tx.insertAll(statements.history, histories);
  if (attempts.length > 0) await tx.insertAll(statements.attempt, attempts);
  if (logs.length > 0) await tx.insertAll(statements.log, logs);
  return answers;
}

/** Does its attempt still hold this job? From here on until the end of the transaction. */
export async function isHeld(tx: Tx, { id, node, run }: ClaimToken): Promise<boolean> {
  const job = tx.db.selectFrom('pwj_jobs').select('id').where('id', '=', id).where('node', '=', node);
  const held = job.where('run', '=', run).where('state', '=', STEPS.claim.to);
  return (await tx.locked(held).executeTakeFirst()) !== undefined;
}

/** The attempt that a settlement ends; null if the job never started. A success adds no row. */
function rowOf(s: Settlement): AttemptRow | null {
  if (s.attemptRow || s.ran === null) return s.attemptRow;
  const { id: jobId, run, attempt, node, startedAt, ran, error } = s;
  return {
    jobId,
    run,
    attempt,
    node,
    startedAt,
    finishedAt: startedAt + ran,
    outcome: 'completed',
    error,
    stack: null,
  };
}

/** Start, progress and log lines of an attempt; returns whether its claim still held, if that matters to what is written. */
export async function writeProgress(
  tx: Tx,
  statements: Statements,
  changes: Changes,
  { claim, begins, progress, logs, event }: ProgressWrite,
): Promise<boolean> {
  if (logs.length > 0) await tx.insertAll(statements.log, logs);
  let held = true;
  if (begins)
    held = (await tx.run(statements.begins, { ...claim, alone: begins === 'alone' ? claim.run : null })) === 1;
  if (progress !== null) {
    held = (await tx.run(statements.progress, { ...claim, progress })) === 1;
    if (held && event) changes.event(event);
  }
  return held;
}

/** Changes the job's own metrics; false if the job does not exist. */
export async function changeMetrics(tx: Tx, id: string, change: (metrics: string | null) => string): Promise<boolean> {
  const row = await tx.locked(tx.db.selectFrom('pwj_jobs').select('metrics').where('id', '=', id)).executeTakeFirst();
  if (!row) return false;
  await tx.db
    .updateTable('pwj_jobs')
    .set({ metrics: change(row.metrics) })
    .where('id', '=', id)
    .execute();
  return true;
}
