// The links of jobs that one transaction adds. A source that is there already is not locked, since a host may hold its transaction open for
// long: it is marked, and looked at after the commit.

import { targetOf } from '../../job/lifecycle.ts';
import { AFTER, outcomeOf } from '../../job/link.ts';
import type { JobRecord } from '../../job/record.ts';
import type { Signal } from '../../kernel/signal.ts';
import type { Changes } from '../changes.ts';
import type { AddedJob, Addition, LinkedAdditions, Unlinkable } from '../job-writes.ts';
import { insertRow } from '../schema.ts';
import type { Movable } from '../transition.ts';
import type { Tx } from '../tx.ts';
import { type Batch, jobsNamed, type Link, type LinkRows, lockedBatches } from './rows.ts';

interface Needs {
  rows: LinkRows;
  now: number;
  /** Are jobs of this type followed by every process? */
  isLinked: (type: string) => boolean;
  /** Emits when there are marks. */
  marked: Signal<void>;
}

export class Additions implements LinkedAdditions {
  readonly #needs: Needs;
  readonly #tx: Tx;
  readonly #links: Link[] = [];
  readonly #marks = new Set<string>();
  #sources: ReadonlyMap<string, Pick<Movable, 'state' | 'type'>> = new Map();
  #batches: ReadonlyMap<string, Batch> = new Map();

  constructor(needs: Needs, tx: Tx) {
    this.#needs = needs;
    this.#tx = tx;
  }

  async open(additions: readonly Addition[]): Promise<void> {
    const batches = additions.flatMap(({ batch }) => (batch && !batch.row ? [batch.id] : []));
    if (batches.length > 0)
      this.#batches = new Map((await lockedBatches(this.#tx, batches)).map((batch) => [batch.id, batch]));
    const sources = new Set<string>();
    for (const { records } of additions) {
      const own = new Set(records.map(({ id }) => id));
      // This transaction may run again.
      for (const record of records) if (record.reason === AFTER) free(record);
      for (const { links } of records) for (const { id } of links?.sources ?? []) if (!own.has(id)) sources.add(id);
    }
    this.#sources = await jobsNamed(this.#tx, [...sources]);
  }

  refusal({ records, batch }: Addition): Unlinkable | null {
    if (batch && !batch.row && this.#batches.get(batch.id)?.closed !== 0) return { status: 'closed' };
    const own = new Set(records.map(({ id }) => id));
    for (const [index, { links }] of records.entries()) {
      const at = links?.sources.findIndex(({ id }) => !own.has(id) && !this.#sources.has(id)) ?? -1;
      if (at >= 0) return { status: 'unlinkable', index, at };
    }
    return null;
  }

  accept({ records, batch }: Addition, jobs: readonly AddedJob[] | null): void {
    const placeOf = new Map(records.map(({ id }, i) => [id, jobs?.[i]?.id ?? id]));
    const fresh = new Map(records.filter(({ id }) => placeOf.get(id) === id).map((record) => [record.id, record]));
    const known = batch && (batch.row ?? this.#batches.get(batch.id));
    for (const record of fresh.values()) {
      const { id: target, links } = record;
      const { sources = [], onFailed = 'cancel' } = links ?? {};
      const own = sources.map(({ id, name }) => this.#link(target, placeOf.get(id) ?? id, name, onFailed, fresh));
      if (known?.startsClosed === 1 && !batch?.closes)
        own.push({ target, source: known.id, name: null, outcome: null, onFailed: 'cancel' });
      this.#links.push(...own);
      block(record, own);
    }
    if (!batch) return;
    for (const id of placeOf.values()) this.#links.push(this.#link(batch.id, id, null, 'run', fresh));
  }

  #link(
    target: string,
    source: string,
    name: string | null,
    onFailed: Link['onFailed'],
    fresh: ReadonlyMap<string, JobRecord>,
  ): Link {
    const there = this.#sources.get(source);
    const isCompleted = there?.state === 'completed';
    const type = fresh.get(source)?.type;
    if (!isCompleted && (type === undefined || !this.#needs.isLinked(type))) this.#marks.add(source);
    return { target, source, name, outcome: isCompleted ? outcomeOf(there.state) : null, onFailed };
  }

  async write(changes: Changes, additions: readonly Addition[]): Promise<void> {
    const { rows, now, marked } = this.#needs;
    for (const { batch } of additions) {
      if (!batch) continue;
      if (batch.row) await insertRow(this.#tx.db, 'pwj_batches', batch.row).execute();
      else if (batch.closes)
        await this.#tx.db.updateTable('pwj_batches').set({ closed: 1 }).where('id', '=', batch.id).execute();
      if (batch.closes) this.#marks.add(batch.id);
      changes.announce('jobs');
    }
    await rows.store(this.#tx, this.#links, rows.newLinks);
    if (this.#marks.size === 0) return;
    await rows.mark(this.#tx, this.#marks, now);
    changes.announce('links');
    changes.afterCommit.push(() => marked.emit());
  }
}

const free = (record: JobRecord): void => {
  Object.assign(record, { state: targetOf('add', record.runAt), reason: null, dueAt: record.runAt });
};

/** A new job waits for its open links. */
function block(record: JobRecord, links: readonly Link[]): void {
  if (!links.some(({ outcome }) => outcome === null)) return;
  Object.assign(record, { state: 'blocked', reason: AFTER, dueAt: null });
}
