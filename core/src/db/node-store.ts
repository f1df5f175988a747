// The processes that work on this database.
import type { Identity } from '../identity.ts';
import type { Dialect } from './dialect/dialect.ts';

export interface NodeRow {
  id: string;
  host: string;
  boot: string;
  namespace: string;
  pid: number;
  processStarted: string;
  heartbeatAt: number;
}

export class NodeStore {
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async add(node: Identity, now: number): Promise<void> {
    await this.#dialect.transaction(async ({ db }) => {
      await db
        .insertInto('pwj_nodes')
        .values({
          id: node.node,
          host: node.host,
          boot: node.boot,
          namespace: node.namespace,
          pid: node.pid,
          process_started: node.processStarted,
          started_at: now,
          heartbeat_at: now,
        })
        .execute();
    });
  }

  async ofHost(host: string): Promise<NodeRow[]> {
    return this.#dialect.reader
      .selectFrom('pwj_nodes')
      .select([
        'id',
        'host',
        'boot',
        'namespace',
        'pid',
        'process_started as processStarted',
        'heartbeat_at as heartbeatAt',
      ])
      .where('host', '=', host)
      .execute();
  }

  /** Is there another process that has been heard of since? */
  async hasOther(own: string, since: number): Promise<boolean> {
    const row = await this.#dialect.reader
      .selectFrom('pwj_nodes')
      .select('id')
      .where('id', '!=', own)
      .where('heartbeat_at', '>=', since)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#dialect.transaction(async ({ db }) => {
      await db.deleteFrom('pwj_nodes').where('id', 'in', ids).execute();
    });
  }

  /** Rows of processes that have not been heard of since `before` and hold nothing. */
  async prune(before: number): Promise<void> {
    await this.#dialect.transaction(async ({ db }) => {
      await db
        .deleteFrom('pwj_nodes')
        .where('heartbeat_at', '<', before)
        .where('id', 'not in', (q) =>
          q
            .selectFrom('pwj_jobs')
            .select('node')
            .where('state', '=', 'processing')
            .where('node', 'is not', null)
            .$castTo<{ node: string }>(),
        )
        .execute();
    });
  }
}
