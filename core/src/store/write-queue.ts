// Group commit: a durable commit waits for the disk, so all writes of one turn of the event loop share a transaction of the ledger.
// The queue hands in additions, attempts hand in outcomes, progress and receipts, and each caller is answered after the commit that holds its
// write. A commit also claims jobs for the worker's free slots: it says how many, and gets the claimed ones.
import { JobsError } from '@phraseworks/sdk';
import type { ClaimedJob } from '../job/record.ts';
import { type Clock, pause } from '../kernel/clock.ts';
import type { Settings } from '../kernel/config.ts';
import { Signal } from '../kernel/signal.ts';
import type { Changes } from './changes.ts';
import { type ClaimPlan, claimJobs } from './claim-choice.ts';
import { isOver } from './deadlines.ts';
import { HoldsChanged } from './holds.ts';
import {
  type Added,
  type Addition,
  addJobs,
  KeyInUse,
  type ProgressWrite,
  type Settlement,
  settleJobs,
  writeProgress,
} from './job-writes.ts';
import type { Ledger, Stream } from './ledger.ts';
import { mostOf } from './shared-statements.ts';
import type { Tx } from './tx.ts';

/** More would block the event loop for longer than a request may wait. */
const MOST_PER_COMMIT = 128;
/** Outcomes per commit: more than are usually claimed at once, or they would pile up; and as many as one statement can take on a server. */
const MOST_OUTCOMES = 500;

/** A server runs several transactions at once, each on its own connection; SQLite runs everything in the first one. */
const ADDS: Stream = 0;
const OUTCOMES: Stream = 1;
const CLAIMS: Stream = 2;

interface Waiting<Op, Answer> {
  op: Op;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

interface Batch {
  stream: Stream;
  adds: readonly Waiting<Addition, Added>[];
  settles: readonly Waiting<Settlement, boolean>[];
  writes: readonly Waiting<Write, unknown>[];
  plan: ClaimPlan | null;
}

/** Statements of a job. Another transaction may run them again, so they must be repeatable. */
type Write<T = unknown> = (tx: Tx, changes: Changes) => Promise<T>;

const NOTHING: Omit<Batch, 'stream'> = { adds: [], settles: [], writes: [], plan: null };

const opOf = <Op>(waiting: { op: Op }): Op => waiting.op;

const keyInUse = (): JobsError =>
  new JobsError(
    'UNAVAILABLE',
    `Another transaction that adds a job with the same idempotencyKey has been open for ${WAIT_FOR_KEY / 1_000} s. Add the job again later: if that one is stored, the answer is its job.`,
    { retryAfter: 5 },
  );

/** As many additions as fit into one commit by their jobs; a larger one goes alone or last. */
function takeAdds(list: Waiting<Addition, Added>[]): Waiting<Addition, Added>[] {
  let jobs = 0;
  let n = 0;
  for (; n < list.length && jobs < MOST_PER_COMMIT; n += 1) jobs += list[n]?.op.records.length ?? 0;
  return list.splice(0, n);
}

/** Claims jobs: asked for its free slots at each commit, and given the claimed jobs after it. */
export interface Claimer {
  /** Null if it wants none. */
  plan(): ClaimPlan | null;
  accept(jobs: readonly ClaimedJob[]): void;
  /** The claim failed: no job was claimed. */
  failed(error: unknown): void;
  /** No job was claimed because a plugin or a pause has changed: resolves when plans know it. */
  holdsChanged(): Promise<void>;
}

/** Milliseconds that an addition waits for another open transaction with its key, and between two tries. */
const WAIT_FOR_KEY = 10_000;
const TRY_KEY_AGAIN = 20;

/** How long another process counts as active, in milliseconds. */
const ACTIVE_FOR = 1_000;

interface ClaimedOverdue {
  /** Ends those whose time is up; returns the others. */
  endClaimed(tx: Tx, changes: Changes, jobs: readonly ClaimedJob[], now: number): Promise<ClaimedJob[]>;
}

export class WriteQueue {
  readonly #needs;
  /** Emits when a stored scheduled job is due. */
  readonly due = new Signal<number>();
  #adds: Waiting<Addition, Added>[] = [];
  #settles: Waiting<Settlement, boolean>[] = [];
  #writes: Waiting<Write, unknown>[] = [];
  #claimer: Claimer | undefined;
  #wantsClaim = false;
  #scheduled = false;
  /** A claim is in progress; the next one needs its result. */
  #claiming = false;
  /** More stored jobs wait than the last claim got: on a server, claim them before new ones. */
  #backlog = false;
  /** When another process was last active here. */
  #othersActiveAt = Number.NEGATIVE_INFINITY;
  /** Additions with a key that another open transaction is adding. They wait here, so that others go on. */
  #keysInUse: { add: Waiting<Addition, Added>; until: number }[] = [];
  readonly #inProgress = new Map<Stream, Promise<void>>();
  #onBegun: (() => void)[] = [];

  constructor(needs: { ledger: Ledger; overdue: ClaimedOverdue; clock: Clock; settings: Settings }) {
    this.#needs = needs;
  }

  /** Additions, outcomes and other writes waiting for a transaction. */
  get unwritten(): number {
    return this.#adds.length + this.#keysInUse.length + this.#settles.length + this.#writes.length;
  }

  /** The most jobs that are worth claiming beyond the free slots. */
  get mostPrefetched(): number {
    return this.#needs.ledger.dialect.statements.prefetch;
  }

  setClaimer(claimer: Claimer | undefined): void {
    this.#claimer = claimer;
  }

  /** Resolves after the commit of the jobs. Rejects inside a transaction, for which it would wait. */
  add(op: Addition): Promise<Added> {
    return new Promise((resolve, reject) => {
      this.#needs.ledger.dialect.inside.refuse('A function that adds a job was called');
      this.#adds.push({ op, resolve, reject });
      this.#schedule();
    });
  }

  /** Calls back after the commit with whether its claim still held. Callbacks, which must not throw, save a promise per job. */
  settle(waiting: Waiting<Settlement, boolean>): void {
    this.#settles.push(waiting);
    this.#schedule();
  }

  /** Resolves after the commit; false if the claim no longer held. */
  progress(op: ProgressWrite): Promise<boolean> {
    const { statements } = this.#needs.ledger.dialect;
    return this.write((tx, changes) => writeProgress(tx, statements, changes, op));
  }

  /** Resolves after the commit. Rejects inside a transaction, for which it would wait. */
  write<T>(op: Write<T>): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      this.#needs.ledger.dialect.inside.refuse('A step of a job was begun');
      this.#writes.push({ op, resolve, reject });
      this.#schedule();
    }) as Promise<T>;
  }

  /** Asks the claimer with the next commit, or with one of its own. */
  requestClaim(): void {
    this.#wantsClaim = true;
    this.#schedule();
  }

  /** The same, from the first job of each type: a claim skips a row that is locked at that moment, even if it stays unchanged. */
  requestClaimFromStart(): void {
    this.#needs.ledger.dialect.statements.rewindClaims('returned');
    this.requestClaim();
  }

  /** Call when other processes are active on the database. */
  noteOthers(): void {
    this.#othersActiveAt = this.#needs.clock.now();
  }

  /** Resolves when everything queued or in progress now is done; later additions do not delay it. */
  async committed(): Promise<void> {
    const asked = new Set<unknown>([...this.#adds, ...this.#settles, ...this.#writes]);
    const waits = (): boolean => [...this.#adds, ...this.#settles, ...this.#writes].some((one) => asked.has(one));
    do {
      await Promise.all(this.#inProgress.values());
      if (this.#scheduled) await new Promise<void>((resolve) => this.#onBegun.push(resolve));
      await Promise.all(this.#inProgress.values());
    } while (waits());
  }

  #schedule(): void {
    if (this.#scheduled || (this.#needs.ledger.dialect.ordered && this.#inProgress.size > 0)) return;
    this.#scheduled = true;
    this.#needs.clock.soon(() => {
      this.#scheduled = false;
      if (this.#needs.ledger.dialect.ordered) this.#beginOne();
      else this.#beginSeveral();
      for (const resolve of this.#onBegun.splice(0)) resolve();
    });
  }

  /** Everything in one transaction. */
  #beginOne(): void {
    const adds = takeAdds(this.#adds);
    const settles = this.#settles.splice(0, MOST_OUTCOMES);
    this.#wantsClaim ||= adds.length > 0 || settles.length > 0;
    this.#begin({
      stream: ADDS,
      adds,
      settles,
      writes: this.#writes.splice(0, MOST_PER_COMMIT),
      plan: this.#nextPlan(),
    });
  }

  /** Additions, outcomes and claims in separate parallel transactions; fewer if others keep the server busy: a claim then goes with outcomes. */
  #beginSeveral(): void {
    if (!this.#inProgress.has(ADDS) && this.#adds.length > 0) {
      this.#wantsClaim = true;
      const plan = this.#backlog ? null : this.#nextPlan();
      this.#begin({ stream: ADDS, adds: takeAdds(this.#adds), settles: [], writes: [], plan });
    }
    const othersActive = Math.abs(this.#needs.clock.now() - this.#othersActiveAt) < ACTIVE_FOR;
    if (!this.#inProgress.has(OUTCOMES) && this.#settles.length + this.#writes.length > 0) {
      const settles = this.#settles.splice(0, MOST_OUTCOMES);
      this.#wantsClaim ||= settles.length > 0;
      const plan = othersActive ? this.#nextPlan() : null;
      this.#begin({ stream: OUTCOMES, adds: [], settles, writes: this.#writes.splice(0, MOST_PER_COMMIT), plan });
    }
    const plan = othersActive && this.#inProgress.has(OUTCOMES) ? null : this.#nextPlan();
    if (plan) this.#begin({ ...NOTHING, stream: CLAIMS, plan });
  }

  /** What to claim now; null during another claim, after which this is asked again. */
  #nextPlan(): ClaimPlan | null {
    if (!this.#wantsClaim || this.#claiming) return null;
    this.#wantsClaim = false;
    const plan = this.#claimer?.plan() ?? null;
    this.#claiming = plan !== null;
    return plan;
  }

  #begin(batch: Batch): void {
    const over = this.#write(batch).then(() => {
      this.#inProgress.delete(batch.stream);
      if (batch.plan) this.#claiming = false;
      if (this.unwritten > this.#keysInUse.length || (this.#wantsClaim && !this.#claiming)) this.#schedule();
    });
    this.#inProgress.set(batch.stream, over);
  }

  async #write(batch: Batch): Promise<void> {
    const writing = batch.adds.length + batch.settles.length + batch.writes.length > 0;
    try {
      const isWorthIt = writing || this.#backlog || (batch.plan !== null && (await this.#anyReady(batch.plan)));
      const claimed = isWorthIt ? await this.#commit(batch) : 0;
      if (batch.plan) this.#backlog = claimed === null || claimed >= batch.plan.limit;
    } catch (error) {
      await this.#recover(batch, error);
    }
  }

  /** A check costs some microseconds, an empty transaction a hundred times that. */
  async #anyReady(plan: ClaimPlan): Promise<boolean> {
    return (await this.#needs.ledger.dialect.statements.heads(plan.types.map(({ type }) => type))).size > 0;
  }

  /** Returns how many jobs were claimed; null if stored jobs must be claimed before added ones. */
  async #commit({ stream, adds, settles, writes, plan }: Batch): Promise<number | null> {
    const { dialect, keys, limits, links } = this.#needs.ledger;
    const { statements, ordered } = dialect;
    const done = await this.#needs.ledger.transact(async (tx, changes) => {
      const written: unknown[] = [];
      for (const { op } of writes) written.push(await op(tx, changes));
      const settled = settles.length > 0 ? await settleJobs(tx, statements, changes, settles.map(opOf)) : [];
      const how = {
        most: mostOf(this.#needs.settings),
        now: this.#needs.clock.now(),
        refuseUsedKeys: true,
        keys,
        limits,
        links,
      };
      const { added, claimed, waiting, commitProbe } =
        adds.length > 0
          ? await addJobs(tx, statements, changes, adds.map(opOf), how, plan)
          : { added: [], claimed: null, waiting: 0, commitProbe: null };
      // If the transaction only adds jobs, one of their rows proves the commit if its answer is lost.
      if (settles.length + writes.length === 0) changes.commitProbe = commitProbe;
      // On a server, adding does not wait for a claim of other jobs.
      const late = plan !== null && claimed === null && adds.length > 0 && !ordered;
      // What has ended may ready other jobs, which this claim may take.
      await this.#needs.ledger.follow(tx, changes);
      return {
        settled,
        written,
        added,
        waiting,
        late,
        claimed: claimed ?? (plan && !late ? await this.#claim(tx, changes, plan) : []),
      };
    }, stream);
    for (const [i, waiting] of settles.entries()) {
      if (waiting.op.dueAt !== null && done.settled[i]) this.due.emit(waiting.op.dueAt);
      waiting.resolve(done.settled[i] ?? false);
    }
    for (const [i, waiting] of adds.entries()) {
      for (const record of waiting.op.records) if (record.dueAt !== null) this.due.emit(record.dueAt);
      waiting.resolve(done.added[i] as Added);
    }
    for (const [i, waiting] of writes.entries()) waiting.resolve(done.written[i]);
    if (done.claimed.length > 0) this.#claimer?.accept(done.claimed);
    // A concurrent claim could not see the jobs that became ready here.
    const isNew = !ordered && (done.waiting > 0 || settles.some(({ op }) => op.state === 'ready'));
    if (isNew) statements.rewindClaims('added');
    this.#wantsClaim ||= done.late || (isNew && plan === null);
    return done.late ? null : done.claimed.length;
  }

  /** Jobs whose time is up end at once, in the same transaction. */
  async #claim(tx: Tx, changes: Changes, plan: ClaimPlan): Promise<ClaimedJob[]> {
    const { dialect, limits } = this.#needs.ledger;
    const claimed = await claimJobs(tx, dialect.statements, changes, plan, limits);
    if (!claimed.some((job) => isOver(job, plan.now))) return claimed;
    changes.afterCommit.push(() => this.requestClaim());
    return this.#needs.overdue.endClaimed(tx, changes, claimed, plan.now);
  }

  /** One bad row must not fail the others; if the database is unavailable, do not try it again for each of them. */
  async #recover({ stream, adds, settles, writes, plan }: Batch, error: unknown): Promise<void> {
    const all = [...adds, ...settles, ...writes];
    const away = error instanceof JobsError && error.code === 'UNAVAILABLE';
    const isHeld = error instanceof HoldsChanged;
    if (plan && !isHeld && (away || all.length === 0)) this.#claimer?.failed(error);
    if (isHeld) {
      const isKnown = await (this.#claimer?.holdsChanged() ?? Promise.resolve()).then(
        () => true,
        (why: unknown) => this.#claimer?.failed(why),
      );
      if (all.length > 0) await this.#write({ ...NOTHING, stream, adds, settles, writes });
      this.#wantsClaim ||= isKnown === true;
      return;
    }
    const isDuplicate = this.#needs.ledger.dialect.isDuplicate(error);
    const alone = { ...NOTHING, stream };
    if (error instanceof KeyInUse) {
      const waits = ({ op }: Waiting<Addition, Added>): boolean =>
        op.records.some(({ idempotencyKey: key }) => key !== null && error.keys.has(key));
      for (const add of adds.filter(waits)) this.#waitForKey(add);
      const others = adds.filter((add) => !waits(add));
      if (others.length + settles.length + writes.length > 0)
        await this.#write({ ...alone, adds: others, settles, writes });
      this.#wantsClaim = true;
      return;
    }
    if (away || (all.length === 1 && !plan && !isDuplicate)) {
      for (const waiting of all) waiting.reject(error);
      return;
    }
    for (const waiting of writes) await this.#commit({ ...alone, writes: [waiting] }).catch(waiting.reject);
    for (const waiting of settles) await this.#commit({ ...alone, settles: [waiting] }).catch(waiting.reject);
    for (const waiting of adds) await this.#commit({ ...alone, adds: [waiting] }).catch(waiting.reject);
    this.#wantsClaim ||= all.length > 0;
  }

  /** Tries the addition again until the other transaction has ended. */
  #waitForKey(add: Waiting<Addition, Added>): void {
    this.#keysInUse.push({ add, until: this.#needs.clock.now() + WAIT_FOR_KEY });
    if (this.#keysInUse.length === 1) void this.#tryKeys();
  }

  async #tryKeys(): Promise<void> {
    while (this.#keysInUse.length > 0) {
      await pause(this.#needs.clock, TRY_KEY_AGAIN);
      for (const waiting of [...this.#keysInUse]) {
        const { add, until } = waiting;
        const error = await this.#commit({ ...NOTHING, stream: ADDS, adds: [add] }).then(
          () => this.requestClaim(),
          (why: unknown) => why,
        );
        if (error instanceof KeyInUse && this.#needs.clock.now() < until) continue;
        this.#keysInUse = this.#keysInUse.filter((other) => other !== waiting);
        if (error) add.reject(error instanceof KeyInUse ? keyInUse() : error);
      }
    }
  }
}
