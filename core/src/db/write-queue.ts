// Group commit: what is added, settled, reported and claimed in one turn of the event loop shares one transaction.
import { JobsError } from '@phraseworks/sdk';
import type { Clock } from '../clock.ts';
import type { ClaimedJob } from '../jobs/record.ts';
import { type JobStatements, jobStatements } from './job-statements.ts';
import {
  type Added,
  type Addition,
  addJobs,
  type ClaimPlan,
  claimJobs,
  type ProgressWrite,
  type Settlement,
  settleJobs,
  writeProgress,
} from './job-writes.ts';
import type { Ledger } from './ledger.ts';

/** More would keep the event loop for longer than a request may wait. */
const MOST_PER_COMMIT = 256;

/** Who takes jobs: asked for its free slots at each commit, told what it got after it. */
export interface Claimer {
  /** Null when it wants nothing. */
  plan(): ClaimPlan | null;
  accept(jobs: readonly ClaimedJob[]): void;
  /** The look for jobs failed: nothing was taken. */
  failed(error: unknown): void;
}

interface Waiting<Op, Answer> {
  op: Op;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

export class WriteQueue {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #maxQueueSize: number;
  /** Told when a stored job waits for a time. */
  readonly #onDue: (at: number) => void;
  readonly #q: JobStatements;
  #adds: Waiting<Addition, Added>[] = [];
  #settles: Waiting<Settlement, boolean>[] = [];
  #progress: Waiting<ProgressWrite, void>[] = [];
  #claimer: Claimer | undefined;
  #wantsClaim = false;
  #scheduled = false;
  #flushing = false;
  /** A claim is under way, in the commit of the rest or beside it. */
  #claiming = false;
  #onCommitted: (() => void)[] = [];
  #onClaimed: (() => void)[] = [];

  constructor(deps: { ledger: Ledger; clock: Clock; maxQueueSize: number; onDue: (at: number) => void }) {
    this.#ledger = deps.ledger;
    this.#clock = deps.clock;
    this.#maxQueueSize = deps.maxQueueSize;
    this.#onDue = deps.onDue;
    this.#q = jobStatements(deps.ledger.dialect);
  }

  get statements(): JobStatements {
    return this.#q;
  }

  setClaimer(claimer: Claimer | undefined): void {
    this.#claimer = claimer;
  }

  /** Resolves after the commit that holds the jobs. */
  add(op: Addition): Promise<Added> {
    return new Promise((resolve, reject) => {
      this.#adds.push({ op, resolve, reject });
      this.#schedule();
    });
  }

  settle(op: Settlement): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#settles.push({ op, resolve, reject });
      this.#schedule();
    });
  }

  progress(op: ProgressWrite): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#progress.push({ op, resolve, reject });
      this.#schedule();
    });
  }

  /** Look for jobs at the next commit, or in one of its own. */
  poke(): void {
    this.#wantsClaim = true;
    this.#schedule();
  }

  /** Resolves when the commit that is under way, or else the next one, is over; who adds all the time cannot delay that. */
  async committed(): Promise<void> {
    const waits: Promise<void>[] = [];
    if (this.#scheduled || this.#flushing) waits.push(new Promise((resolve) => this.#onCommitted.push(resolve)));
    if (this.#claiming) waits.push(new Promise((resolve) => this.#onClaimed.push(resolve)));
    await Promise.all(waits);
  }

  #schedule(): void {
    if (this.#scheduled || this.#flushing) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    const adds = takeAdds(this.#adds);
    const settles = take(this.#settles);
    const progress = take(this.#progress);
    this.#wantsClaim ||= adds.length > 0 || settles.length > 0;
    // A server does two things at once: while outcomes are written, the next jobs are taken over another connection.
    const beside = settles.length > 0 && !this.#ledger.dialect.ordered;
    if (beside) void this.#claimBeside();
    const plan = this.#nextPlan();
    try {
      const writing = adds.length + settles.length + progress.length > 0;
      if (writing || (plan && (await this.#anyReady(plan)))) await this.#commit(adds, settles, progress, plan);
    } catch (error) {
      await this.#recover(adds, settles, progress, plan, error);
    } finally {
      this.#flushing = false;
      if (plan) this.#claimed();
      // What became ready in this commit the claim beside it did not see.
      if (beside && (adds.length > 0 || settles.some(({ op }) => op.state === 'ready'))) {
        this.#ledger.dialect.hot.rewind('added');
        this.#wantsClaim = true;
      }
      if ((this.#wantsClaim && !this.#claiming) || this.#adds.length + this.#settles.length + this.#progress.length > 0)
        this.#schedule();
      for (const resolve of this.#onCommitted.splice(0)) resolve();
    }
  }

  /** What is to be claimed now; null while another claim is under way, after which it is asked again. */
  #nextPlan(): ClaimPlan | null {
    if (!this.#wantsClaim || this.#claiming) return null;
    this.#wantsClaim = false;
    const plan = this.#claimer?.plan() ?? null;
    this.#claiming = plan !== null;
    return plan;
  }

  #claimed(): void {
    this.#claiming = false;
    for (const resolve of this.#onClaimed.splice(0)) resolve();
  }

  async #claimBeside(): Promise<void> {
    const plan = this.#nextPlan();
    if (!plan) return;
    try {
      await this.#commit([], [], [], plan);
    } catch (error) {
      this.#claimer?.failed(error);
    } finally {
      this.#claimed();
      if (this.#wantsClaim) this.#schedule();
    }
  }

  /** A look costs two microseconds a lane, an empty transaction a hundred times that. */
  async #anyReady(plan: ClaimPlan): Promise<boolean> {
    return (await this.#ledger.dialect.hot.heads(plan.lanes.map(({ lane }) => lane))).size > 0;
  }

  async #commit(
    adds: readonly Waiting<Addition, Added>[],
    settles: readonly Waiting<Settlement, boolean>[],
    progress: readonly Waiting<ProgressWrite, void>[],
    plan: ClaimPlan | null,
  ): Promise<void> {
    const { hot } = this.#ledger.dialect;
    const done = await this.#ledger.transact(async (tx, changes) => {
      if (progress.length > 0) await writeProgress(tx, this.#q, hot, changes, progress.map(opOf));
      const settled = settles.length > 0 ? await settleJobs(tx, this.#q, hot, changes, settles.map(opOf)) : [];
      const limit = { most: this.#maxQueueSize, now: this.#clock.now() };
      const added = adds.length > 0 ? await addJobs(tx, this.#q, hot, changes, adds.map(opOf), limit) : [];
      const claimed = plan ? await claimJobs(tx, hot, changes, plan) : [];
      return { settled, added, claimed };
    });
    for (const [i, waiting] of settles.entries()) {
      if (waiting.op.dueAt !== null && done.settled[i]) this.#onDue(waiting.op.dueAt);
      waiting.resolve(done.settled[i] ?? false);
    }
    for (const [i, waiting] of adds.entries()) {
      for (const record of waiting.op.records) if (record.dueAt !== null) this.#onDue(record.dueAt);
      waiting.resolve(done.added[i] as Added);
    }
    for (const waiting of progress) waiting.resolve();
    if (done.claimed.length > 0) this.#claimer?.accept(done.claimed);
  }

  /** One bad row must not take the others with it, and a database that is away is not asked once more for each of them. */
  async #recover(
    adds: readonly Waiting<Addition, Added>[],
    settles: readonly Waiting<Settlement, boolean>[],
    progress: readonly Waiting<ProgressWrite, void>[],
    plan: ClaimPlan | null,
    error: unknown,
  ): Promise<void> {
    const all = [...adds, ...settles, ...progress];
    const away = error instanceof JobsError && error.code === 'UNAVAILABLE';
    if (plan && (away || all.length === 0)) this.#claimer?.failed(error);
    const taken = this.#ledger.dialect.isDuplicate(error);
    if (away || (all.length === 1 && !plan && !taken)) {
      for (const waiting of all) waiting.reject(error);
      return;
    }
    for (const waiting of progress) await this.#commit([], [], [waiting], null).catch(waiting.reject);
    for (const waiting of settles) await this.#commit([], [waiting], [], null).catch(waiting.reject);
    for (const waiting of adds) await this.#commit([waiting], [], [], null).catch(waiting.reject);
    this.#wantsClaim ||= all.length > 0;
  }
}

const opOf = <Op>(waiting: { op: Op }): Op => waiting.op;

/** The oldest of a list, at most as many as one commit may hold; the rest stays. */
const take = <T>(list: T[]): T[] => list.splice(0, MOST_PER_COMMIT);

/** As many additions as make up one commit by their jobs; one that is larger goes alone or last. */
function takeAdds(list: Waiting<Addition, Added>[]): Waiting<Addition, Added>[] {
  let jobs = 0;
  let n = 0;
  for (; n < list.length && jobs < MOST_PER_COMMIT; n += 1) jobs += list[n]?.op.records.length ?? 0;
  return list.splice(0, n);
}
