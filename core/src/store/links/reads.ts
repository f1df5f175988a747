// Reads of links, for people and processors.
import { isBatchId } from '../../job/link.ts';
import { decodeJson } from '../../kernel/json.ts';
import type { Dialect } from '../dialect.ts';

/** In each list. */
const MOST_SHOWN = 100;
const MOST_RESULTS = 1_000;

export class LinkReads {
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  #links() {
    return this.#dialect.reader.selectFrom('pwj_links as l').select(['l.name', 'l.on_failed as onFailed']);
  }

  /** The first links of a job in both directions, and its batches. */
  async of(id: string) {
    const links = this.#links().limit(MOST_SHOWN);
    const before = await links.select('l.source as id').where('l.target', '=', id).orderBy('l.source').execute();
    const next = await links.select('l.target as id').where('l.source', '=', id).orderBy('l.target').execute();
    const named = [...before, ...next].flatMap((link) => (isBatchId(link.id) ? [link.id] : []));
    const batches =
      named.length === 0
        ? []
        : await this.#dialect.reader
            .selectFrom('pwj_batches')
            .select(['id', 'name'])
            .where('id', 'in', named)
            .execute();
    return { before, next, batches };
  }

  /** The first job that this one waits for, or that ended so, and how many others; the batch whose closing it waits for. */
  async waiting(id: string, isCancelled: boolean) {
    const query = this.#dialect.reader
      .selectFrom('pwj_links as l')
      .leftJoin('pwj_jobs as j', 'j.id', 'l.source')
      .leftJoin('pwj_batches as b', 'b.id', 'l.source')
      .select(['j.id', 'j.type', 'j.state', 'b.name as batch'])
      .where('l.target', '=', id);
    const found = isCancelled
      ? query.where('l.outcome', 'in', ['failed', 'cancelled'])
      : query.where('l.outcome', 'is', null);
    const rows = await found.limit(MOST_SHOWN).execute();
    const jobs = rows.flatMap(({ id: job, type, state }) =>
      job !== null && type !== null && state !== null ? [{ id: job, type, state }] : [],
    );
    return {
      first: jobs[0] ?? null,
      more: Math.max(jobs.length - 1, 0),
      batch: jobs.length > 0 ? null : (rows.find(({ batch }) => batch !== null)?.batch ?? null),
    };
  }

  /** Of the jobs before: by their names in a graph, else by id. */
  async results(id: string): Promise<Record<string, unknown>> {
    const rows = await this.#dialect.reader
      .selectFrom('pwj_links as l')
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
