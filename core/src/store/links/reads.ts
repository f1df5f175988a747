// Reads of links, for people and processors.
import { isFinal, publicState, type StoredState } from '../../job/lifecycle.ts';
import { Needing } from '../../kernel/container.ts';
import { decodeJson } from '../../kernel/json.ts';
import { Dialect } from '../dialect.ts';

/** In each list. */
const MOST_SHOWN = 100;
const MOST_RESULTS = 1_000;

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
