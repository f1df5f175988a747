// `job.transaction()`: writes of a processor, its receipts, jobs that it adds and, after `job.complete()`, its outcome, in one commit.
import { JobsError, type RunningJob } from '@phraseworks/sdk';
import { Clock } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { Ids } from '../kernel/id.ts';
import { encodeJson, RESULT_LIMITS } from '../kernel/json.ts';
import { HostTransactions } from '../store/host-transactions.ts';
import { isHeld, type Settlement, settleJobs } from '../store/job-writes.ts';
import { Ledger } from '../store/ledger.ts';
import { PluginConnection, PluginDatabases } from '../store/plugin-database.ts';
import type { Attempt } from './attempt.ts';
import { lostClaim, refuseStep } from './once.ts';
import { type Outcome, ofReturn } from './outcome.ts';
import { settlementOf } from './settlement.ts';

const NAME = 'job.transaction()';

/** As a processor gets it. */
type Transaction = Parameters<Parameters<RunningJob['transaction']>[0]>[0];

export class JobTransactions extends Needing<typeof JobTransactions.needs> {
  static readonly needs = {
    ledger: Ledger,
    databases: PluginDatabases,
    hostTransactions: HostTransactions,
    ids: Ids,
    clock: Clock,
  };
  /** What `complete()` was given in an open transaction. */
  readonly #outcomes = new WeakMap<PluginConnection, Outcome>();

  /** Rolls back if `work` throws, or if the attempt no longer holds its job at the end. */
  async run<T>(attempt: Attempt, work: (trx: Transaction) => Promise<T>): Promise<T> {
    const { databases, ids, clock } = this.needs;
    if (typeof work !== 'function') throw new JobsError('INVALID_DATA', `${NAME}: expected an async function.`);
    refuseStep(attempt, NAME);
    databases.inside.refuse(`${NAME} was called`);
    let settlement: Settlement | null = null;
    let afterCommit: readonly (() => void)[] = [];
    const execute = async (trx: Transaction): Promise<T> => {
      const connection = databases.inside.current as PluginConnection;
      connection.claim = attempt.claim;
      const answer = await work(trx);
      if (attempt.ended) refuseStep(attempt, NAME);
      const outcome = this.#outcomes.get(connection);
      const nextId = () => ids.next();
      if (outcome)
        settlement = settlementOf(attempt, outcome, { now: clock.now(), fraction: 0, nextId, giveUpAt: null });
      afterCommit = await this.#end(attempt, connection, settlement);
      return answer;
    };
    const transaction = databases.of(attempt.plugin ?? null).transaction();
    const answer = await transaction.execute(execute).catch((error: unknown) => {
      if (settlement) attempt.resume(settlement);
      throw error;
    });
    attempt.settled = settlement;
    for (const hear of afterCommit) hear();
    return answer;
  }

  /** Throws outside a transaction of the attempt, and for a result that cannot be stored. */
  complete(attempt: Attempt, result: unknown): void {
    const { current } = this.needs.databases.inside;
    if (!(current instanceof PluginConnection) || current.claim !== attempt.claim)
      throw invalid(
        'INVALID_STATE',
        'it works inside the callback of job.transaction(). Elsewhere, return the result.',
      );
    const outcome = ofReturn(result);
    if (outcome.kind !== 'success')
      throw invalid('INVALID_DATA', 'it completes the job. To fail or snooze it, throw, which undoes the transaction.');
    const encoded = encodeJson(outcome.result, 'result', RESULT_LIMITS);
    if (!encoded.ok) throw invalid('INVALID_DATA', `${encoded.error.path} ${encoded.error.message}.`);
    this.#outcomes.set(current, outcome);
  }

  /** The last writes of the transaction, since from here on it locks the row of the job. Returns what to call after the commit. */
  async #end(attempt: Attempt, connection: PluginConnection, settlement: Settlement | null) {
    const { hostTransactions, ledger } = this.needs;
    const done = await hostTransactions.change(connection, `${NAME} was called`, async (tx, changes) => {
      const isHolder = settlement
        ? (await settleJobs(tx, ledger.dialect.statements, changes, [settlement]))[0]
        : await isHeld(tx, attempt.claim);
      return isHolder ? changes.afterCommit : null;
    });
    if (done) return done;
    throw attempt.signal.aborted ? attempt.signal.reason : lostClaim(NAME);
  }
}

const invalid = (code: 'INVALID_DATA' | 'INVALID_STATE', why: string): JobsError =>
  Object.assign(new JobsError(code, `job.complete(): ${why}`), { retryable: false });
