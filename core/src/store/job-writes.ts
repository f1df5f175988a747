// Writes of the hot path inside an open transaction: add, settle, progress.
import type { AddOutcome, JobEvent } from '@phraseworks/sdk';
import { STEPS } from '../job/lifecycle.ts';
import type { ClaimedJob, ClaimToken, Deadline, JobRecord } from '../job/record.ts';
import type { Changes } from './changes.ts';
import { asClaimed, type ClaimPlan, claimNew } from './claim-choice.ts';
import { writeDeadlines } from './deadlines.ts';
import type { Keys, Verdict } from './keys.ts';
import type { AttemptRow, HistoryRow, LogRow, SettleRow } from './shared-statements.ts';
import { type KnownKey, limitOf, type QueueSize, type Statements } from './shared-statements.ts';
import type { Tx } from './tx.ts';

/** Jobs added together: all or none. */
export interface Addition {
  records: readonly JobRecord[];
  tick: { schedule: string; tick: number } | null;
  /** Does not count against the size of the queue. */
  exempt: boolean;
  /** Of a caller over HTTP. */
  isOutside?: boolean;
  event: (record: JobRecord) => JobEvent | null;
}

export type Added =
  | { status: 'added' }
  /** For each record the id that its key already has, or its own id if it was added. */
  | { status: 'existing'; ids: string[] }
  | { status: 'conflict'; index: number }
  /** At least one has a key that another job has: what became of each, or which is refused because of which. */
  | { status: 'keyed'; jobs: { id: string; outcome: AddOutcome }[] }
  | { status: 'duplicate'; index: number; id: string }
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
  /** Its deadline from now on; null: none, undefined: the same. */
  deadline?: Deadline | null | undefined;
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

export interface AddHow {
  most: QueueSize;
  now: number;
  /** Jobs by their keys that this transaction itself does not see. */
  known?: ReadonlyMap<string, KnownKey>;
  /** Throw `KeyInUse` instead of waiting for other open transactions that are adding the same keys. */
  refuseUsedKeys?: boolean;
  /** What is known of keys that types have. */
  keys?: Keys | undefined;
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
  for (const { records } of additions) {
    for (const { state, idempotencyKey } of records) {
      adding[limitOf(state)] += 1;
      if (idempotencyKey !== null) wanted.add(idempotencyKey);
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
  const answers: Added[] = [];
  const withKeys = additions.flatMap(({ records }) => records.filter(({ keyed }) => keyed));
  const keyed = withKeys.length > 0 && how.keys ? await how.keys.opened(tx, withKeys, how.now) : null;
  for (const addition of additions) {
    const known = existing(addition, keys);
    const ids = known?.status === 'existing' ? known.ids : null;
    const given = ids ? addition.records.filter((record, i) => ids[i] === record.id) : addition.records;
    const placed = keyed?.place(given);
    const refused = placed?.verdicts.findIndex((verdict) => verdict?.answer === 'rejected') ?? -1;
    const fresh = placed ? given.filter((_, i) => (placed.verdicts[i]?.answer ?? 'added') === 'added') : given;
    const more = { waiting: 0, delayed: 0 };
    for (const { state } of fresh) more[limitOf(state)] += 1;
    const limit = addition.exempt ? null : exceeded(more, addition.isOutside ? shareOf(room, how.most) : room);
    if (known?.status === 'conflict') answers.push(known);
    else if (addition.tick && (await tx.all(statements.tickTaken, addition.tick)).length > 0)
      answers.push({ status: 'already' });
    else if (limit) answers.push({ status: 'full', limit });
    else if (placed && refused >= 0)
      answers.push({ status: 'duplicate', index: refused, id: (placed.verdicts[refused] as { id: string }).id });
    else {
      placed?.accept();
      if (!addition.exempt) {
        room.waiting -= more.waiting;
        room.delayed -= more.delayed;
      }
      for (const record of fresh) {
        if (record.idempotencyKey !== null) keys.set(record.idempotencyKey, record);
        inserts.push(record);
        changes.count(record.state, record.type, 1);
        const event = addition.event(record);
        if (event) changes.event(event);
      }
      if (addition.tick && addition.records[0])
        await tx.run(statements.takeTick, { ...addition.tick, jobId: addition.records[0].id });
      answers.push(known ?? outcomesOf(given, placed?.verdicts) ?? { status: 'added' });
    }
  }
  if (keyed) await keyed.write(changes);
  if (inserts.length === 0) return { added: answers, claimed: null, waiting: 0, commitProbe: null };
  const claimed = plan ? await claimNew(tx, statements, changes, plan, inserts) : null;
  await tx.insertAll(statements.insert, claimed ? asClaimed(inserts, claimed, plan as ClaimPlan) : inserts);
  const limited = inserts.filter(({ deadline }) => deadline);
  if (limited.length > 0) await writeDeadlines(tx, statements, changes, limited);
  const waiting = inserts.length - (claimed?.length ?? 0);
  if (waiting > 0) statements.rewindClaims('added');
  return { added: answers, claimed, waiting, commitProbe: inserts[0]?.id ?? null };
}

/** Null if none has a key. */
function outcomesOf(
  records: readonly JobRecord[],
  verdicts: readonly (Verdict | null)[] | undefined,
): Extract<Added, { status: 'keyed' }> | null {
  if (!verdicts?.some((verdict) => verdict !== null)) return null;
  const jobs = records.map(({ id }, i) => {
    const verdict = verdicts[i];
    return verdict && verdict.answer !== 'added' && verdict.answer !== 'rejected'
      ? { id: verdict.id, outcome: verdict.answer }
      : { id, outcome: 'added' as const };
  });
  return { status: 'keyed', jobs };
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

/** Null if no key is taken by a stored job or by an earlier record of this commit. */
function existing(
  addition: Addition,
  keys: ReadonlyMap<string, KnownKey>,
): Extract<Added, { status: 'existing' | 'conflict' }> | null {
  if (addition.records.every((record) => record.idempotencyKey === null)) return null;
  const ids: string[] = [];
  const own = new Map<string, JobRecord>();
  let found = 0;
  for (const [index, record] of addition.records.entries()) {
    const key = record.idempotencyKey;
    const first = key === null ? undefined : (own.get(key) ?? keys.get(key));
    if (first && first.fingerprint !== record.fingerprint) return { status: 'conflict', index };
    if (first) found += 1;
    else if (key !== null) own.set(key, record);
    ids.push(first?.id ?? record.id);
  }
  return found > 0 ? { status: 'existing', ids } : null;
}

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
