// Steps of jobs that wait for a time or a signal: rows of pwj_receipts beside those of `once()`. A signal locks its job before its row, as the
// settlement of the attempt that waits does, so that it comes before the job is blocked and is found, or after it and readies the job.
import { randomBytes } from 'node:crypto';
import { JobsError } from '@phraseworks/sdk';
import type { Node } from '@phraseworks/sdk/secrets';
import { FOR_SIGNAL, isFinal, publicState, type StoredState } from '../job/lifecycle.ts';
import type { ClaimToken } from '../job/record.ts';
import { notFound } from '../kernel/errors.ts';
import { Signal } from '../kernel/signal.ts';
import type { Changes } from './changes.ts';
import type { BegunWait, StoredSignals } from './job-writes.ts';
import type { Ledger } from './ledger.ts';
import { firstMeta, LINKS_KEY } from './meta.ts';
import { heldReceipt, readWaits, type Waits } from './receipt-store.ts';
import { locked, type Movable, type Move, type Transition } from './transition.ts';
import type { Tx } from './tx.ts';
import type { WriteQueue } from './write-queue.ts';

export interface WaitingStep extends Waits {
  claim: ClaimToken;
  key: string;
  attempt: number;
  at: number;
  kind: 'asleep' | 'waiting';
  /** The signal that came does not fit: wait for another one. */
  isRefused?: boolean;
}

export type FoundStep =
  /** `lost`: the attempt no longer holds its job. `used`: the key is that of another kind of step. `over`: its time is. */
  | { state: 'lost' | 'used' | 'over' }
  | { state: 'waits'; until: number | null }
  /** JSON text. */
  | { state: 'sent'; data: string };

export interface SentSignal {
  id: string;
  key: string;
  /** JSON text. */
  data: string;
  at: number;
  by: string | null;
  /** Throws if the data does not fit. */
  check(schema: Node | null): void;
}

/** The state of a job that has the step `key` in this state, which is null without it. */
export interface StepAt extends Waits {
  state: string | null;
  jobState: StoredState;
}

const REFUSED: Record<string, string> = {
  sent: 'has come already',
  over: 'is too late: the time of its wait is over',
  asleep: 'is not expected: the job sleeps until a time',
};

export class StepStore implements StoredSignals {
  /** A job that waited may be claimed. */
  readonly readied = new Signal<void>();
  readonly #needs;

  constructor(needs: { ledger: Ledger; moves: Transition; writes: WriteQueue }) {
    this.#needs = needs;
    needs.ledger.signals = this;
  }

  /** Begins the step, or goes on with it; resolves after the commit. */
  open({ claim, key, attempt, at, kind, isRefused = false, ...waits }: WaitingStep): Promise<FoundStep> {
    return this.#needs.writes.write(async (tx): Promise<FoundStep> => {
      const found = await heldReceipt(tx, claim, key);
      if (!found) return { state: 'lost' };
      const { state } = found;
      if (state === 'over') return { state };
      if (state === 'sent' && kind === 'waiting' && !isRefused) return { state, data: found.result ?? 'null' };
      if (state !== null && state !== 'sent' && state !== kind) return { state: 'used' };
      const isKnown = state === kind;
      const until = isKnown ? readWaits(found.result).until : waits.until;
      const isOver = until !== null && until <= at;
      const values = {
        state: isOver ? 'over' : kind,
        result: isOver ? null : JSON.stringify({ until, schema: waits.schema }),
        attempt,
        run: claim.run,
        at: isKnown && !isOver ? (found.at ?? at) : at,
      };
      await put(tx, { id: claim.id, key, isNew: state === null }, values);
      return isOver ? { state: 'over' } : { state: 'waits', until };
    });
  }

  /** Throws `JOB_NOT_FOUND`, `INVALID_STATE`, and what `check` throws. */
  async send({ id, key, data, at, by, check }: SentSignal): Promise<void> {
    await this.#needs.ledger.transact(async (tx, changes) => {
      const [job] = await locked(tx, [id]);
      if (!job) throw notFound();
      if (isFinal(publicState(job.state)))
        throw new JobsError('INVALID_STATE', `A job that has ended takes no signals; this one is ${job.state}.`);
      const query = tx.db.selectFrom('pwj_receipts').select(['state', 'result']);
      const found = await query.where('job_id', '=', id).where('key', '=', key).executeTakeFirst();
      if (found && found.state !== 'waiting') {
        const why = REFUSED[found.state] ?? 'is not expected: its key is that of another step';
        throw new JobsError('INVALID_STATE', `The signal ${why}.`);
      }
      if (found) check(readWaits(found.result).schema);
      const { attempt, run } = job;
      await put(tx, { id, key, isNew: !found }, { state: 'sent', result: data, attempt, run, at });
      await this.#ready(tx, changes, [[job, { ...readied(key, at), by }]]);
    });
  }

  async begun(tx: Tx, changes: Changes, jobs: readonly { id: string; waits: BegunWait }[]): Promise<void> {
    const ids = jobs.map(({ id }) => id);
    const keys = jobs.flatMap(({ waits }) => waits.keys);
    const rows = await tx.db
      .selectFrom('pwj_receipts')
      .select(['job_id as id', 'key'])
      .where('job_id', 'in', ids)
      .where('key', 'in', keys)
      .where('state', '=', 'sent')
      .execute();
    const came = new Map(rows.map(({ id, key }) => [id, key]));
    if (came.size === 0) return;
    const moving = await locked(tx, [...came.keys()].sort());
    const at = jobs[0]?.waits.at ?? 0;
    const plan = moving.map((job): [Movable, Move] => [job, readied(came.get(job.id) ?? '', at)]);
    await this.#ready(tx, changes, plan);
  }

  async #ready(tx: Tx, changes: Changes, plan: readonly [Movable, Move][]): Promise<void> {
    const waiting = plan.filter(([{ state, reason }]) => state === 'blocked' && reason === FOR_SIGNAL);
    if ((await this.#needs.moves.write(tx, changes, waiting)) > 0) changes.afterCommit.push(() => this.readied.emit());
  }

  /** Undefined if there is no such job. */
  async at(id: string, key: string): Promise<StepAt | undefined> {
    const row = await this.#needs.ledger.dialect.reader
      .selectFrom('pwj_jobs as j')
      .leftJoin('pwj_receipts as r', (join) => join.onRef('r.job_id', '=', 'j.id').on('r.key', '=', key))
      .select(['j.state as jobState', 'r.state', 'r.result'])
      .where('j.id', '=', id)
      .executeTakeFirst();
    return (
      row && { jobState: row.jobState, state: row.state, ...readWaits(row.state === 'waiting' ? row.result : null) }
    );
  }

  /** What links are signed with, the same in all processes. Made for the first link, so that a move may bring that of another database. */
  async linkSecret(): Promise<string> {
    const { ledger, writes } = this.#needs;
    const read = async () => {
      const query = ledger.dialect.reader.selectFrom('pwj_meta').select('value').where('key', '=', LINKS_KEY);
      return (await query.executeTakeFirst())?.value;
    };
    const known = await read();
    if (known !== undefined) return known;
    await writes.write(({ db }) => firstMeta(db, LINKS_KEY, randomBytes(32).toString('base64url')));
    return (await read()) as string;
  }
}

const readied = (key: string, at: number): Move => ({ step: 'signal', at, reason: key, set: { run_at: null } });

type Values = { state: string; result: string | null; attempt: number; run: number; at: number };

async function put({ db }: Tx, { id, key, isNew }: { id: string; key: string; isNew: boolean }, values: Values) {
  if (isNew)
    await db
      .insertInto('pwj_receipts')
      .values({ job_id: id, key, ...values })
      .execute();
  else await db.updateTable('pwj_receipts').set(values).where('job_id', '=', id).where('key', '=', key).execute();
}
