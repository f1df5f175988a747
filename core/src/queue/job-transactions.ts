// `job.transaction()`: writes of a processor, its receipts, jobs that it adds and, after `job.complete()`, its outcome, in one commit.
import { JobsError } from '@phraseworks/sdk';
import type { Built } from '../kernel/container.ts';
import { encodeJson, RESULT_LIMITS } from '../kernel/json.ts';
import { HostTransactions } from '../store/host-transactions.ts';
import { isHeld, type Settlement, settleJobs } from '../store/job-writes.ts';
import { Ledger } from '../store/ledger.ts';
import { PluginConnection, PluginDatabases } from '../store/plugin-database.ts';
import type { Attempt, Transaction } from './attempt.ts';
import { type Outcome, ofReturn } from './outcome.ts';

export class JobTransactions {
  static readonly needs = { ledger: Ledger, databases: PluginDatabases, hostTransactions: HostTransactions };
  readonly #needs;
  /** What `complete()` was given in an open transaction. */
  readonly #outcomes = new WeakMap<PluginConnection, Outcome>();

  constructor(needs: Built<typeof JobTransactions.needs>) {
    this.#needs = needs;
  }

  /** Rolls back if `work` throws, or if the attempt no longer holds its job at the end. `settlementOf` ends the attempt. */
  async run<T>(
    attempt: Attempt,
    work: (trx: Transaction) => Promise<T>,
    settlementOf: (outcome: Outcome) => Settlement,
  ): Promise<T> {
    const { databases } = this.#needs;
    if (typeof work !== 'function')
      throw new JobsError('INVALID_DATA', 'job.transaction(): expected an async function.');
    refuseLate(attempt);
    databases.inside.refuse('job.transaction() was called');
    let settlement: Settlement | undefined;
    let afterCommit: readonly (() => void)[] = [];
    const execute = async (trx: Transaction): Promise<T> => {
      const connection = databases.inside.current as PluginConnection;
      connection.claim = attempt.claim;
      const answer = await work(trx);
      if (attempt.ended) refuseLate(attempt);
      const outcome = this.#outcomes.get(connection);
      settlement = outcome && settlementOf(outcome);
      afterCommit = await this.#end(attempt, connection, settlement);
      return answer;
    };
    let answer: T;
    try {
      answer = await databases
        .of(attempt.plugin ?? null)
        .transaction()
        .execute(execute);
    } catch (error) {
      if (settlement) attempt.resume(settlement);
      throw error;
    }
    attempt.settled = settlement ?? null;
    for (const run of afterCommit) run();
    return answer;
  }

  /** Throws outside a transaction of the attempt, and for a result that cannot be stored. */
  complete(attempt: Attempt, result: unknown): void {
    const { current } = this.#needs.databases.inside;
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

  /** Ends the open transactions of an attempt. */
  end(attempt: Attempt): void {
    this.#needs.databases.end('its job was given up', attempt);
  }

  /** The last writes of the transaction, since from here on it locks the row of the job. Returns what to call after the commit. */
  async #end(
    attempt: Attempt,
    connection: PluginConnection,
    settlement: Settlement | undefined,
  ): Promise<readonly (() => void)[]> {
    const { hostTransactions, ledger } = this.#needs;
    const { statements } = ledger.dialect;
    const done = await hostTransactions.change(connection, 'job.transaction() was called', async (tx, changes) => {
      const isHolder = settlement
        ? (await settleJobs(tx, statements, changes, [settlement]))[0]
        : await isHeld(tx, attempt.claim);
      if (!isHolder) throw lostClaim(attempt);
      return changes.afterCommit;
    });
    if (!done) throw lostClaim(attempt);
    return done;
  }
}

/** The signal has fired, or the attempt has ended. */
function refuseLate({ signal, ended }: Attempt): void {
  if (signal.aborted) throw signal.reason;
  if (ended)
    throw new JobsError(
      'INVALID_STATE',
      'job.transaction(): the attempt has ended. Await it before the processor returns, and call complete() last.',
    );
}

const invalid = (code: 'INVALID_DATA' | 'INVALID_STATE', why: string): JobsError =>
  Object.assign(new JobsError(code, `job.complete(): ${why}`), { retryable: false });

const lostClaim = ({ signal }: Attempt): unknown =>
  signal.aborted
    ? signal.reason
    : new JobsError(
        'INVALID_STATE',
        'job.transaction(): this attempt lost its job, so the transaction was rolled back; another attempt may have started.',
      );
