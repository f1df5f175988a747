// The processes that work on this database.
import type { Identity } from '../kernel/identity.ts';
import type { Dialect } from './dialect.ts';
import { type AboutNode, decodeAbout } from './node-about.ts';
import { type NodeRow, seenNodes } from './node-reads.ts';
import { prepare } from './prepared.ts';
import type { Tx } from './tx.ts';

export class NodeStore {
  readonly #dialect: Dialect;
  readonly #beat;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#beat = prepare<{ id: string; now: number; about: string }>((p) =>
      dialect.db.updateTable('pwj_nodes').set({ heartbeat_at: p.now, about: p.about }).where('id', '=', p.id),
    );
  }

  async add(node: Identity, now: number, about: AboutNode): Promise<void> {
    await this.#dialect.transaction((tx) => insert(tx, node, now, JSON.stringify(about)));
  }

  /** It lives, and this is what it does; a row that is gone is made anew. */
  async beat(node: Identity, now: number, about: AboutNode): Promise<void> {
    await this.#dialect.transaction((tx) => this.beatIn(tx, node, now, about));
  }

  /** The time of the heartbeat alone: a small write, which shows that there can be others. */
  async touch(node: string, now: number): Promise<void> {
    await this.#dialect.transaction(({ db }) =>
      db.updateTable('pwj_nodes').set({ heartbeat_at: now }).where('id', '=', node).execute(),
    );
  }

  /** The same as `beat` inside a transaction that is open. */
  async beatIn(tx: Tx, node: Identity, now: number, about: AboutNode): Promise<void> {
    const text = JSON.stringify(about);
    const rows = await tx.run(this.#beat, { id: node.node, now, about: text });
    // A process that stood still for a day, or whose database was restored, has been forgotten.
    if (rows === 0) await insert(tx, node, now, text);
  }

  all(): Promise<NodeRow[]> {
    return seenNodes(this.#dialect);
  }

  /** Processes that no job has ended: they had been told to stop, or their machine has started anew since. */
  async blameless(): Promise<ReadonlyMap<string, 'stopped' | 'restarted'>> {
    const rows = await this.#dialect.reader
      .selectFrom('pwj_nodes')
      .select(['id', 'host', 'boot', 'started_at as startedAt', 'heartbeat_at as heartbeatAt', 'about'])
      .execute();
    const found = new Map<string, 'stopped' | 'restarted'>();
    for (const { id, host, boot, about } of rows) {
      // A clone of the machine has its name, too, but lives beside it.
      const lastSeen = Math.max(...rows.filter((row) => row.boot === boot).map((row) => row.heartbeatAt));
      const isNewBoot = (row: (typeof rows)[number]) =>
        row.host === host && row.boot !== boot && row.boot !== '' && row.startedAt > lastSeen;
      if (decodeAbout(about).stopping) found.set(id, 'stopped');
      else if (boot !== '' && rows.some(isNewBoot)) found.set(id, 'restarted');
    }
    return found;
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#dialect.transaction(async ({ db }) => {
      await db.deleteFrom('pwj_nodes').where('id', 'in', ids).execute();
    });
  }

  /**
   * Rows of processes that have not been heard of since `before` and hold nothing. A heartbeat after `ahead` is of a clock that was
   * set back since: it would count as fresh until that time comes. Who lives makes its row anew.
   */
  async prune(before: number, ahead: number): Promise<void> {
    await this.#dialect.transaction(async ({ db }) => {
      await db
        .deleteFrom('pwj_nodes')
        .where((e) => e.or([e('heartbeat_at', '<', before), e('heartbeat_at', '>', ahead)]))
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

async function insert({ db }: Tx, node: Identity, now: number, about: string): Promise<void> {
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
      about,
    })
    .execute();
}
