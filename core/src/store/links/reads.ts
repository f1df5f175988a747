// Reads of links, for people and processors.
import { isFinal, publicState, type StoredState } from '../../job/lifecycle.ts';
import { AFTER, isBatchId } from '../../job/link.ts';
import { Needing } from '../../kernel/container.ts';
import { decodeJson } from '../../kernel/json.ts';
import { Dialect } from '../dialect.ts';

/** In each list. */
const MOST_SHOWN = 100;
const MOST_RESULTS = 1_000;

/** Jobs in one step of a search for what follows. */
const STEP = 500;

/** A job that something is done to beside another. */
export interface Touched {
  id: string;
  type: string;
  plugin: string | null;
}

export class LinkReads extends Needing<typeof LinkReads.needs> {
  static readonly needs = { dialect: Dialect };

  get #links() {
    return this.needs.dialect.reader.selectFrom('pwj_links as l');
  }

  /** The first links of a job in both directions, and its batches. */
  async of(id: string) {
    const [before, next] = [await this.#beside(id, 'target', 'source'), await this.#beside(id, 'source', 'target')];
    const batches = new Map<string, string>();
    for (const one of [...before, ...next]) if (one.batch !== null) batches.set(one.id, one.batch);
    return { before, next, batches: [...batches].map(([batch, name]) => ({ id: batch, name })) };
  }

  #beside(id: string, side: 'target' | 'source', other: 'target' | 'source') {
    return this.#links
      .leftJoin('pwj_batches as b', 'b.id', `l.${other}`)
      .select([`l.${other} as id`, 'l.name', 'l.on_failed as onFailed', 'b.name as batch'])
      .where(`l.${side}`, '=', id)
      .orderBy(`l.${other}`)
      .limit(MOST_SHOWN)
      .execute();
  }

  /** The jobs that this one waits for, or that ended so, and the batch whose closing it waits for. */
  async waiting(id: string, isCancelled: boolean) {
    const query = this.#links
      .leftJoin('pwj_jobs as j', 'j.id', 'l.source')
      .leftJoin('pwj_batches as b', 'b.id', 'l.source')
      .select(['l.source as id', 'j.type', 'j.state', 'b.name as batch'])
      .where('l.target', '=', id);
    const found = isCancelled
      ? query.where('l.outcome', 'in', ['failed', 'cancelled'])
      : query.where('l.outcome', 'is', null);
    const rows = await found.limit(MOST_SHOWN).execute();
    // One that has just ended may not have been followed.
    const waits = (state: StoredState | null) => state !== null && (isCancelled || !isFinal(publicState(state)));
    return {
      jobs: rows.filter(({ state }) => waits(state)),
      batch: rows.find(({ batch }) => batch !== null)?.batch ?? null,
    };
  }

  /** The jobs that end with this job, or are put back with it, at any depth; of a batch, its jobs as well. */
  async *touchedWith(id: string, isBack: boolean): AsyncGenerator<Touched[]> {
    const seen = new Set([id]);
    const open = [id];
    if (isBatchId(id))
      // What still runs may fail while the others are put back, and is then put back, too.
      for (let after: string | undefined = ''; after !== undefined; ) {
        const members: Touched[] = await this.#touched('source')
          .where('l.target', '=', id)
          .where((e) => e.or([e('l.outcome', 'is', null), ...(isBack ? [e('l.outcome', '=', 'failed')] : [])]))
          .where('l.source', '>', after)
          .execute();
        for (const one of members) open.push(one.id);
        if (members.length > 0) yield members;
        after = members[STEP - 1]?.id;
      }
    while (open.length > 0) {
      const sources = open.splice(-STEP);
      for (let after: string | undefined = ''; after !== undefined; ) {
        const targets: Touched[] = await this.#touched('target')
          .where('l.source', 'in', sources)
          .where('l.on_failed', '=', 'cancel')
          .where('j.state', '=', isBack ? 'cancelled' : 'blocked')
          .where('j.reason', '=', AFTER)
          .where('l.target', '>', after)
          .execute();
        const fresh = targets.filter((one) => !seen.has(one.id));
        for (const one of fresh) {
          seen.add(one.id);
          open.push(one.id);
        }
        if (fresh.length > 0) yield fresh;
        after = targets[STEP - 1]?.id;
      }
    }
  }

  #touched(side: 'source' | 'target') {
    return this.#links
      .innerJoin('pwj_jobs as j', 'j.id', `l.${side}`)
      .select(['j.id', 'j.type', 'j.plugin'])
      .distinct()
      .orderBy('j.id')
      .limit(STEP);
  }

  /** Of the jobs before: by their names in a graph, else by id. */
  async results(id: string): Promise<Record<string, unknown>> {
    const rows = await this.#links
      .innerJoin('pwj_jobs as j', 'j.id', 'l.source')
      .select(['j.id', 'l.name', 'j.result'])
      .where('l.target', '=', id)
      .where('l.outcome', '=', 'completed')
      .limit(MOST_RESULTS)
      .execute();
    return Object.fromEntries(
      rows.map((row) => [row.name ?? row.id, row.result === null ? null : (decodeJson(row.result) ?? null)]),
    );
  }
}
