// Follows the jobs of types with keys: readies the next job of a key when the one before it has ended.
import { JobsError } from '@phraseworks/sdk';
import { typeOfName, type UniqueRule, waitsBeside } from '../../job/keyed.ts';
import { isFinal, isWaiting, publicState } from '../../job/lifecycle.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Changes, Moved } from '../changes.ts';
import type { KeyRules } from '../job-writes.ts';
import type { Follower, Ledger } from '../ledger.ts';
import type { Movable, Move, Transition } from '../transition.ts';
import type { Tx } from '../tx.ts';
import { Additions } from './additions.ts';
import { type Head, KeyRows, UNCHANGED } from './rows.ts';

/** Milliseconds until a key is looked at again that another transaction held: each time twice as long. */
const [FIRST_LOOK, LAST_LOOK] = [20, 1_000];
/** Keys that one sweep looks at. */
const PAGE = 1_000;

/** The key of the field `path` belongs to the job `id`; null if that must not be told. */
export const duplicate = (path: string, id: string | null): JobsError =>
  new JobsError('DUPLICATE_JOB', `There is a job with this key already${id === null ? '' : `: ${id}`}.`, {
    errors: [{ path, message: `belongs to ${id === null ? 'another job' : `the job ${id}`}` }],
  });

type Plan = [Movable, Move][];

interface Needs {
  ledger: Ledger;
  moves: Transition;
  clock: Clock;
  /** Of a type; null if its jobs only follow each other, undefined if they have no keys. */
  ruleOf: (type: string) => UniqueRule | null | undefined;
}

export class Keys implements Follower, KeyRules {
  readonly #needs: Needs;
  readonly #rows: KeyRows;
  /** Types that have keys no more, but jobs with them. */
  readonly #leftover = new Set<string>();
  /** The last key that the sweep looked at. */
  #swept = '';

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#rows = new KeyRows(needs.ledger.dialect);
    needs.ledger.followers.push(this);
    needs.ledger.keys = this;
  }

  concerns(type: string): boolean {
    return this.#needs.ruleOf(type) !== undefined || this.#leftover.has(type);
  }

  adding(tx: Tx, now: number): Additions {
    return new Additions({ rows: this.#rows, moves: this.#needs.moves, now }, tx);
  }

  async again(tx: Tx, id: string): Promise<JobsError | null> {
    const [own] = await this.#rows.named(tx, [id]);
    if (!own) return null;
    const [head] = await this.#rows.lock(tx, [own.name]);
    const other = head?.lastJob ? await this.#rows.last(tx, head, this.#needs.clock.now()) : null;
    if (other) return duplicate('id', null);
    await tx.insertAll(this.#rows.heads, [{ ...UNCHANGED, name: own.name, holder: id, lastJob: id }]);
    return null;
  }

  async turns(tx: Tx, jobs: readonly { id: string; type: string }[]): Promise<Map<string, 'behind' | 'held'>> {
    const ids = jobs.flatMap(({ id, type }) => (this.concerns(type) ? [id] : []));
    const turns = new Map<string, 'behind' | 'held'>();
    const named = ids.length === 0 ? [] : await this.#rows.named(tx, ids);
    const names = [...new Set(named.map(({ name }) => name))].sort();
    const heads = names.length === 0 ? [] : await this.#rows.lockFree(tx, names);
    const now = this.#needs.clock.now();
    for (const { id, name } of named) {
      const head = heads.find((one) => one.name === name);
      const [first] = head ? await this.#rows.first(tx, { name, holder: head.holder, now }) : [];
      if (!head) turns.set(id, 'held');
      else if (first && first.id !== id) turns.set(id, 'behind');
    }
    return turns;
  }

  async follow(tx: Tx, changes: Changes, moved: readonly Moved[]): Promise<void> {
    const wanted = new Map(moved.flatMap((one) => (this.#matters(one) ? [[one.id, one] as const] : [])));
    if (wanted.size === 0) return;
    const keyed = await this.#rows.named(tx, [...wanted.keys()]);
    const names = new Set(keyed.map(({ name }) => name));
    if (names.size > 0) await this.#look(tx, changes, [...names], wanted);
  }

  /** May this move free a key, or make place for a job that waits? */
  #matters({ type, from, to }: Moved): boolean {
    if (to === 'removed') return from !== 'completed' && from !== 'failed';
    if (isFinal(publicState(to))) return true;
    return from === 'processing' && isWaiting(to) && waitsBeside(this.#needs.ruleOf(type));
  }

  /**
   * Looks at keys, some of whose jobs have just moved. Never waits for a key: who ends jobs holds them, and who adds jobs waits for those while
   * holding the key. What others hold is looked at again, and in the end found by the sweep.
   */
  async #look(
    tx: Tx,
    changes: Changes,
    names: readonly string[],
    moved: ReadonlyMap<string, Moved> = new Map(),
    wait = FIRST_LOOK,
  ): Promise<void> {
    const { ledger, moves, clock } = this.#needs;
    const now = clock.now();
    const heads = await this.#rows.lockFree(tx, names);
    const held = new Set(heads.map(({ name }) => name));
    // The one that ran had the key: being the last one, too, it was the only one.
    const shared = heads.filter(({ lastJob }) => lastJob !== null && !wasAlone(moved.get(lastJob)));
    const plan: Plan = [];
    const holders = await this.#readied(tx, shared, plan, now);
    const changed: Head[] = [];
    const gone: string[] = [];
    for (const head of heads) {
      const { name, firstJob, lastJob } = head;
      // A period counts whatever becomes of its first job after that has begun.
      const first = moved.get(firstJob ?? '');
      const isFreed = first?.to === 'removed' && first.from !== 'cancelled';
      const until = isFreed ? 0 : (head.until ?? 0);
      const holder = holders.get(name) ?? lastJob;
      if (!holders.has(name) && until <= now) gone.push(name);
      else if (isFreed || holder !== head.holder)
        changed.push({ ...UNCHANGED, name, holder, until: isFreed ? 0 : null });
    }
    await tx.insertAll(this.#rows.heads, changed);
    await this.#rows.removeHeads(tx, gone);
    await moves.write(tx, changes, plan);
    const missed = names.filter((name) => !held.has(name));
    const again = (): Promise<void> =>
      ledger.transact((later, more) => this.#look(later, more, missed, new Map(), 2 * wait)).catch(() => {});
    if (missed.length > 0 && wait <= LAST_LOOK) changes.afterCommit.push(() => clock.after(wait, () => void again()));
  }

  /**
   * Looks at the next keys of all: a cancelled job may have ended without a word, a period may be over, and a process that does not know of
   * the keys leaves their jobs as they are.
   */
  async sweep(): Promise<void> {
    const now = this.#needs.clock.now();
    const page = await this.#rows.page(this.#swept, PAGE);
    this.#swept = page.length < PAGE ? '' : (page.at(-1)?.name ?? '');
    const wrong: string[] = [];
    for (const { name, until, holder, lastJob, state, reason, leaseUntil } of page) {
      const type = typeOfName(name);
      if (!this.concerns(type)) this.#leftover.add(type);
      const isFree = state === null || isOver({ state, leaseUntil }, now);
      const isWrong = isFree ? holder !== lastJob || (until ?? 0) <= now : waitsForKey({ state, reason });
      if (isWrong) wrong.push(name);
    }
    if (wrong.length > 0) await this.#needs.ledger.transact((tx, changes) => this.#look(tx, changes, wrong));
  }

  /** Readies the first job of each key that has not ended; returns its id by the key. Trusts nothing but the rows. */
  async #readied(tx: Tx, heads: readonly Head[], plan: Plan, now: number): Promise<Map<string, string>> {
    const holders = new Map<string, string>();
    let open: Pick<Head, 'name' | 'holder'>[] = [...heads];
    while (open.length > 0) {
      const found: { name: string; id: string; next: string | undefined }[] = [];
      for (const { name, holder } of open) {
        const [first, second] = await this.#rows.first(tx, { name, holder, now });
        if (first) found.push({ name, id: first.id, next: second?.id });
      }
      const jobs = await this.#rows.locked(
        tx,
        found.map(({ id }) => id),
      );
      open = [];
      for (const { name, id, next } of found) {
        const job = jobs.get(id);
        const hasFailed = job && isWaiting(job.state) && job.error !== null;
        if (hasFailed && next && waitsBeside(this.#needs.ruleOf(typeOfName(name))))
          plan.push([job, { step: 'supersede', at: now, reason: 'superseded' }]);
        else if (job && !isOver(job, now)) {
          const dueAt = job.runAt !== null && job.runAt > now ? job.runAt : null;
          if (waitsForKey(job)) plan.push([job, { step: 'unblock', at: now, dueAt, reason: null }]);
          holders.set(name, id);
          continue;
        }
        if (next) open.push({ name, holder: next });
      }
    }
    return holders;
  }
}

const wasAlone = (moved: Moved | undefined): boolean =>
  moved !== undefined && hasEnded(moved) && moved.from === 'processing';

type Seen = Pick<Movable, 'state' | 'reason' | 'leaseUntil'>;

const waitsForKey = ({ state, reason }: Omit<Seen, 'leaseUntil'>): boolean => state === 'blocked' && reason === 'key';

/** The attempt of a cancelled job may still be ending, at the latest at the end of its lease. */
const isOver = ({ state, leaseUntil }: Omit<Seen, 'reason'>, now: number): boolean =>
  isFinal(publicState(state)) && (leaseUntil ?? 0) <= now;

/** Not a job that was cancelled while it ran: its attempt may still be ending. */
const hasEnded = ({ from, to }: Moved): boolean =>
  to === 'removed' || to === 'completed' || to === 'failed' || (to === 'cancelled' && from !== 'processing');
