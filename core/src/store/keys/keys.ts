// Follows the jobs of types with keys: readies the next job of a key when the one before it has ended.
import { JobsError } from '@phraseworks/sdk';
import type { UniqueRule } from '../../job/keyed.ts';
import { isFinal, isWaiting, publicState } from '../../job/lifecycle.ts';
import type { JobRecord } from '../../job/record.ts';
import type { Clock } from '../../kernel/clock.ts';
import { Signal } from '../../kernel/signal.ts';
import type { Changes, Moved } from '../changes.ts';
import type { KeyRules } from '../job-writes.ts';
import type { Follower, Ledger } from '../ledger.ts';
import type { Transition } from '../transition.ts';
import type { Tx } from '../tx.ts';
import { Additions } from './additions.ts';
import { endJobs } from './ends.ts';
import { type Head, KeyRows, type Named, nameOf } from './rows.ts';

/** Milliseconds until a key is looked at again that another transaction held. */
const LOOK_AGAIN = 20;
/** Keys that one sweep looks at. */
const PAGE = 1_000;
/** Jobs before another one of its key that are counted. */
const MOST_AHEAD = 1_000;

/** The key of the field `path` belongs to the job `id`. */
export const duplicate = (path: string, id: string): JobsError =>
  new JobsError('DUPLICATE_JOB', `There is a job with this key already: ${id}.`, {
    errors: [{ path, message: `belongs to the job ${id}` }],
  });

export class Keys implements Follower, KeyRules {
  readonly #ledger: Ledger;
  readonly #moves: Transition;
  readonly #clock: Clock;
  readonly #ruleOf: (type: string) => UniqueRule | null | undefined;
  readonly #rows: KeyRows;
  /** Types that have keys no more, but jobs with them. */
  readonly #leftover = new Set<string>();
  /** Keys that another transaction held when one of their jobs ended. */
  readonly #missed = new Set<string>();
  /** The last key that the sweep looked at. */
  #swept: Named | null = null;
  /** Emits when a job may be claimed (null), or when it is due. */
  readonly ready = new Signal<number | null>();

  /** `ruleOf`: of a type, null if its jobs only follow each other, undefined if they have no keys. */
  constructor(needs: {
    ledger: Ledger;
    moves: Transition;
    clock: Clock;
    ruleOf: (type: string) => UniqueRule | null | undefined;
  }) {
    this.#ledger = needs.ledger;
    this.#moves = needs.moves;
    this.#clock = needs.clock;
    this.#ruleOf = needs.ruleOf;
    this.#rows = new KeyRows(needs.ledger.dialect);
    needs.ledger.followers.push(this);
    needs.ledger.keys = this;
  }

  concerns(type: string): boolean {
    return this.#ruleOf(type) !== undefined || this.#leftover.has(type);
  }

  open(tx: Tx, records: readonly JobRecord[], now: number): Promise<Additions> {
    const mayRun = (at: number | null) => this.ready.emit(at);
    return Additions.open({ rows: this.#rows, moves: this.#moves, now, mayRun }, tx, records);
  }

  async addKeys(records: readonly JobRecord[]): Promise<void> {
    const concerned = records.filter(({ type }) => this.concerns(type));
    if (concerned.length === 0) return;
    const keys = await this.#rows.keysOf(concerned.map(({ id }) => id));
    for (const record of concerned) {
      const key = keys.get(record.id);
      if (key !== undefined) record.key = key;
    }
  }

  ahead(id: string): Promise<{ first: string; n: number } | null> {
    return this.#rows.ahead(id, MOST_AHEAD);
  }

  /** A job whose key another one has by now stays as it is; the others take their keys again. */
  async refuse(tx: Tx, jobs: readonly { id: string; type: string }[]): Promise<ReadonlyMap<string, Error>> {
    const refused = new Map<string, Error>();
    const ids = jobs.map(({ id }) => id);
    const keyed = await this.#rows.named(tx, ids);
    const heads = await this.#rows.lock(tx, new Set(keyed.map(nameOf)));
    const again: string[] = [];
    for (const { jobId, ...named } of keyed) {
      const head = heads.get(nameOf(named)) as Head;
      if (head.lastJob !== null && head.lastJob !== jobId) refused.set(jobId, duplicate('id', head.lastJob));
      else {
        head.lastJob = jobId;
        again.push(jobId);
      }
    }
    await this.#rows.setActive(tx, again, 1);
    await this.#rows.writeHeads(tx, [...heads.values()]);
    return refused;
  }

  /** Never waits for a key: who ends jobs holds them, and who adds jobs waits for those while holding the key. */
  async follow(tx: Tx, changes: Changes, moved: readonly Moved[]): Promise<void> {
    const wanted = new Map(moved.flatMap((one) => (this.#matters(one) ? [[one.id, one] as const] : [])));
    if (wanted.size === 0) return;
    const keyed = (await this.#rows.named(tx, [...wanted.keys()])).filter(({ active }) => active === 1);
    if (keyed.length === 0) return;
    const names = new Set(keyed.map(nameOf));
    const heads = await this.#rows.lockFree(tx, names);
    const own = keyed.flatMap(({ jobId, ...named }) => (heads.has(nameOf(named)) ? [jobId] : []));
    await this.#settle(tx, changes, heads, new Map(own.map((id) => [id, wanted.get(id) as Moved])));
    const missed = [...names].filter((name) => !heads.has(name));
    if (missed.length > 0) changes.afterCommit.push(() => this.#miss(missed));
  }

  /** May this move free a key, or make place for a job that waits? */
  #matters({ type, from, to }: Moved): boolean {
    if (to === 'removed') return from !== 'completed' && from !== 'failed';
    if (isFinal(publicState(to))) return true;
    return from === 'processing' && isWaiting(to) && this.#ruleOf(type)?.while === 'waiting';
  }

  #miss(names: readonly string[]): void {
    const isFirst = this.#missed.size === 0;
    for (const name of names) this.#missed.add(name);
    if (isFirst) this.#clock.after(LOOK_AGAIN, () => void this.#lookAgain());
  }

  async #lookAgain(): Promise<void> {
    const names = new Set(this.#missed);
    this.#missed.clear();
    // What cannot be looked at now is found by the sweep.
    const left = await this.#look(names).catch(() => []);
    if (left.length > 0) this.#miss(left);
  }

  /** Returns the keys that others hold. */
  async #look(names: ReadonlySet<string>): Promise<string[]> {
    if (names.size === 0) return [];
    return this.#ledger.transact(async (tx, changes) => {
      const heads = await this.#rows.lockFree(tx, names);
      await this.#settle(tx, changes, heads, new Map());
      return [...names].filter((name) => !heads.has(name));
    });
  }

  /**
   * Looks at the next keys of all: a cancelled job may have ended without a word, a period may be over, and a process that does not know of
   * the keys leaves their jobs as they are.
   */
  async sweep(): Promise<void> {
    const now = this.#clock.now();
    const names = new Set<string>();
    for (let looked = 0; looked < PAGE; ) {
      const page = await this.#nextPage();
      if (page.length === 0) break;
      looked += page.length;
      for (const { job, until, ...named } of page) {
        if (!this.concerns(named.type)) this.#leftover.add(named.type);
        const runs = job?.state === 'processing' || (job?.leaseUntil ?? 0) > now;
        const isPeriod = job === null && until !== null && until > now;
        if (!runs && !isPeriod && !isWaiting(job?.state ?? '')) names.add(nameOf(named));
      }
    }
    await this.#look(names);
  }

  /** Empty at the end; the next one is the first again. */
  async #nextPage(): ReturnType<KeyRows['page']> {
    const { type = '', key } = this.#swept ?? {};
    let page = key === undefined ? [] : await this.#rows.page(type, key, PAGE);
    const next = page.length === 0 ? await this.#rows.nextType(type) : null;
    if (next !== null) page = await this.#rows.page(next, null, PAGE);
    this.#swept = page.at(-1) ?? null;
    return page;
  }

  /** This transaction holds the keys. */
  async #settle(
    tx: Tx,
    changes: Changes,
    heads: ReadonlyMap<string, Head>,
    moved: ReadonlyMap<string, Moved>,
  ): Promise<void> {
    const ends = { rows: this.#rows, now: this.#clock.now(), ruleOf: this.#ruleOf };
    const plan = await endJobs(tx, ends, [...heads.values()], moved);
    if (plan.length === 0) return;
    await this.#moves.write(tx, changes, plan);
    const due = plan.flatMap(([, { step, dueAt = null }]) => (step === 'unblock' ? [dueAt] : []));
    changes.afterCommit.push(() => {
      for (const at of due) this.ready.emit(at);
    });
  }
}
