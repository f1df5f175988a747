// The additions of one transaction whose jobs have keys: decided in memory, in their order, then written in as few statements as possible.
import type { JobRecord } from '../../job/record.ts';
import type { Changes } from '../changes.ts';
import type { AddedJob, KeyedAdditions, Placed } from '../job-writes.ts';
import type { KnownKey } from '../shared-statements.ts';
import type { Transition } from '../transition.ts';
import type { Tx } from '../tx.ts';
import { decide, type KeyView, type Last, later, type Verdict } from './decide.ts';
import { type Head, type KeyRows, nameOf } from './rows.ts';
import { type Change, changeStored } from './stored-jobs.ts';

interface Needs {
  rows: KeyRows;
  moves: Transition;
  now: number;
  /** Call after the commit with when a stored job may run. */
  mayRun: (at: number | null) => void;
}

const headOf = (record: JobRecord): string => nameOf({ type: record.type, key: record.keyed?.key ?? '' });

export class Additions implements KeyedAdditions {
  readonly remembered: ReadonlyMap<string, KnownKey>;
  readonly #needs: Needs;
  readonly #tx: Tx;
  readonly #heads: ReadonlyMap<string, Head>;
  readonly #views: Map<string, KeyView>;
  /** The last word on each job that was stored before. */
  readonly #stored = new Map<string, Change>();
  /** One was kept as it is. */
  #kept = false;
  readonly #added: JobRecord[] = [];
  readonly #answers: { idempotencyKey: string; jobId: string; outcome: string; fingerprint: string | null }[] = [];

  private constructor(
    needs: Needs,
    tx: Tx,
    known: { heads: ReadonlyMap<string, Head>; views: Map<string, KeyView>; remembered: ReadonlyMap<string, KnownKey> },
  ) {
    this.#needs = needs;
    this.#tx = tx;
    this.#heads = known.heads;
    this.#views = known.views;
    this.remembered = known.remembered;
  }

  /** Holds the keys of these jobs until the end of the transaction. */
  static async open(needs: Needs, tx: Tx, records: readonly JobRecord[]): Promise<Additions> {
    const { rows } = needs;
    const heads = await rows.lock(tx, new Set(records.map(headOf)));
    const lasts = await rows.lasts(
      tx,
      [...heads.values()].flatMap(({ lastJob }) => lastJob ?? []),
    );
    const views = new Map<string, KeyView>();
    for (const [name, { lastJob, firstJob, until }] of heads)
      views.set(name, { last: lasts.get(lastJob ?? '') ?? null, firstJob, until });
    const idempotencyKeys = records.flatMap(({ idempotencyKey }) => idempotencyKey ?? []);
    return new Additions(needs, tx, { heads, views, remembered: await rows.answers(tx, idempotencyKeys) });
  }

  place(records: readonly JobRecord[]): Placed {
    const draft = new Map<string, KeyView>();
    const verdicts = records.map((record) => {
      if (!record.keyed) return null;
      const { rule } = record.keyed;
      const name = headOf(record);
      const view = draft.get(name) ?? (this.#views.get(name) as KeyView);
      const verdict = decide(rule, view, this.#needs.now);
      if (verdict.answer === 'added') draft.set(name, this.#after(view, record, verdict.blocked));
      return verdict;
    });
    const refused = verdicts.findIndex((verdict) => verdict?.answer === 'rejected');
    return {
      jobs: verdicts.map((verdict, i) => answerOf(records[i] as JobRecord, verdict)),
      refused: refused < 0 ? null : { index: refused, id: (verdicts[refused] as { id: string }).id },
      accept: () => {
        for (const [name, view] of draft) this.#views.set(name, view);
        for (const [i, verdict] of verdicts.entries()) if (verdict) this.#accept(records[i] as JobRecord, verdict);
      },
    };
  }

  #after(view: KeyView, record: JobRecord, blocked: boolean): KeyView {
    const { now } = this.#needs;
    const { id, priority, runAt } = record;
    const period = record.keyed?.rule?.period ?? null;
    const last: Last = { id, state: blocked ? 'blocked' : 'ready', priority, runAt, addedAt: now, record };
    return period === null ? { ...view, last } : { last, firstJob: id, until: now + period };
  }

  #accept(record: JobRecord, verdict: Verdict): void {
    if (verdict.answer === 'rejected') return;
    if (verdict.answer === 'added') {
      waitsUntil(record, later(verdict.due, record.runAt), verdict.blocked);
      this.#added.push(record);
      return;
    }
    const { id, answer, due } = verdict;
    const { idempotencyKey, fingerprint } = record;
    if (idempotencyKey !== null) this.#answers.push({ idempotencyKey, jobId: id, outcome: answer, fingerprint });
    const there = this.#views.get(headOf(record))?.last;
    const by = answer === 'replaced' ? record : null;
    if (there?.record) becomes(there.record, by, due);
    else if (there && (by || due !== null)) this.#change(there, by, due);
    else this.#kept = true;
  }

  #change(last: Last, by: JobRecord | null, due: number | null): void {
    const before = this.#stored.get(last.id);
    const runAt = by ? by.runAt : before ? before.runAt : last.runAt;
    const priority = Math.min(before?.priority ?? last.priority, by?.priority ?? last.priority);
    this.#stored.set(last.id, { by: by ?? before?.by ?? null, runAt: later(due, runAt), priority });
  }

  async write(changes: Changes): Promise<void> {
    const { rows, moves, now, mayRun } = this.#needs;
    const added = this.#added.map((record) => ({ record, name: headOf(record) }));
    await rows.add(
      this.#tx,
      added.map(({ record: { id, type, keyed } }) => ({
        jobId: id,
        type,
        key: keyed?.key ?? '',
        addedAt: now,
        active: 1,
      })),
    );
    const heads = [...new Set(added.map(({ name }) => name))].map((name) => {
      const { last, firstJob, until } = this.#views.get(name) as KeyView;
      return { ...(this.#heads.get(name) as Head), lastJob: last?.id ?? null, firstJob, until };
    });
    await rows.writeHeads(this.#tx, heads);
    await rows.remember(this.#tx, this.#answers);
    const due = this.#stored.size > 0 ? await changeStored(this.#tx, moves, changes, this.#stored, now) : [];
    // A claim skips rows that are locked, also those of kept jobs.
    changes.afterCommit.push(() => {
      for (const at of this.#kept ? [...due, null] : due) mayRun(at);
    });
  }
}

function answerOf(record: JobRecord, verdict: Verdict | null): AddedJob {
  if (verdict === null) return { id: record.id, outcome: null };
  if (verdict.answer === 'kept' || verdict.answer === 'replaced') return { id: verdict.id, outcome: verdict.answer };
  return { id: record.id, outcome: 'added' };
}

/** A transaction that is run again comes here again, so everything is set each time. */
function waitsUntil(record: JobRecord, at: number | null, blocked: boolean): void {
  record.runAt = at;
  record.dueAt = blocked ? null : at;
  record.state = blocked ? 'blocked' : at === null ? 'ready' : 'scheduled';
  record.reason = blocked ? 'key' : null;
}

/** A job that is about to be stored takes over what a later one has, or only waits longer. */
function becomes(record: JobRecord, by: JobRecord | null, due: number | null): void {
  if (by) {
    const { data, maxRetries, retryDelay, backoff, timeout, trace, dataVersion, deadline } = by;
    Object.assign(record, { data, maxRetries, retryDelay, backoff, timeout, trace, dataVersion, deadline });
    record.priority = Math.min(record.priority, by.priority);
  }
  waitsUntil(record, later(due, by ? by.runAt : record.runAt), record.state === 'blocked');
}
