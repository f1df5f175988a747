import { Needing } from '../kernel/container.ts';
import type { Identity } from '../kernel/identity.ts';
import { Dialect } from './dialect.ts';
import { prepare } from './prepared.ts';
import { columnsOf, insertRow, type Row, selected } from './schema.ts';
import type { Tx } from './tx.ts';

export interface AboutNode {
  version?: string;
  hostname?: string;
  roles?: string[];
  /** Job types it claims. */
  types?: string[];
  /** Types whose stored data does not fit the version it has, with the error. */
  refused?: Record<string, string>;
  /** Concurrent attempts; 0 if it claims nothing. */
  slots?: number;
  /** Attempts running at its last heartbeat. */
  running?: number;
  /** Those whose processor ignored the signal to stop. */
  stuck?: number;
  /** It is stopping: jobs it leaves behind did not crash. */
  stopping?: boolean;
  plugins?: Record<string, string>;
  /** Why each that failed did, and when it is tried again. */
  failures?: Record<string, string>;
}

export const decodeAbout = (text: string): AboutNode => JSON.parse(text) as AboutNode;

/** Also what shows whether its process is dead. */
export interface NodeRow extends Omit<Row<'pwj_nodes'>, 'about'> {
  about: AboutNode;
}

/** Times in milliseconds since 1970. */
export type SeenNode = Pick<NodeRow, 'id' | 'pid' | 'startedAt' | 'heartbeatAt' | 'about'>;

const A_DAY = 86_400_000;

export class NodeStore extends Needing<typeof NodeStore.needs> {
  static readonly needs = { dialect: Dialect };
  readonly #beat = prepare<{ id: string; now: number; about: string }>((p) =>
    this.needs.dialect.db.updateTable('pwj_nodes').set({ heartbeat_at: p.now, about: p.about }).where('id', '=', p.id),
  );

  /** Writes a heartbeat with what the process does; makes its row if that is missing. */
  async beat(node: Identity, now: number, about: AboutNode): Promise<void> {
    await this.needs.dialect.transaction((tx) => this.beatIn(tx, node, now, about));
  }

  /** Only updates the time: a small write that also shows whether others exist. */
  async touch(node: string, now: number): Promise<void> {
    await this.needs.dialect.transaction(({ db }) =>
      db.updateTable('pwj_nodes').set({ heartbeat_at: now }).where('id', '=', node).execute(),
    );
  }

  /** The same as `beat` inside an open transaction. */
  async beatIn(tx: Tx, node: Identity, now: number, about: AboutNode): Promise<void> {
    const text = JSON.stringify(about);
    if ((await tx.run(this.#beat, { id: node.node, now, about: text })) > 0) return;
    // A process that paused for a day, or whose database was restored, has lost its row.
    const { node: id, ...process } = node;
    await insertRow(tx.db, 'pwj_nodes', { id, ...process, startedAt: now, heartbeatAt: now, about: text }).execute();
  }

  /** Oldest first. */
  async all(): Promise<NodeRow[]> {
    // Few rows, so no index by age.
    const rows = await this.needs.dialect.reader
      .selectFrom('pwj_nodes')
      .select(selected(columnsOf('pwj_nodes')))
      .orderBy('started_at')
      .orderBy('id')
      .execute();
    return rows.map((row) => ({ ...row, about: decodeAbout(row.about) }));
  }

  /** Processes that ended without being killed by a job: they were stopping, or their machine has restarted since. */
  async blameless(): Promise<ReadonlyMap<string, 'stopped' | 'restarted'>> {
    const rows = await this.all();
    const found = new Map<string, 'stopped' | 'restarted'>();
    for (const { id, host, boot, about } of rows) {
      // A clone of the machine has the same name but runs beside it.
      const lastSeen = Math.max(...rows.filter((row) => row.boot === boot).map((row) => row.heartbeatAt));
      const isNewBoot = (row: (typeof rows)[number]) =>
        row.host === host && row.boot !== boot && row.boot !== '' && row.startedAt > lastSeen;
      if (about.stopping) found.set(id, 'stopped');
      else if (boot !== '' && rows.some(isNewBoot)) found.set(id, 'restarted');
    }
    return found;
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.needs.dialect.transaction(async ({ db }) => {
      await db.deleteFrom('pwj_nodes').where('id', 'in', ids).execute();
    });
  }

  /**
   * Removes processes without a heartbeat for a day that hold nothing; returns how many. A heartbeat from more than a day ahead came from a
   * clock that was set back since, and would look fresh until that time. A running process recreates its row.
   */
  prune(now: number): Promise<number> {
    return this.needs.dialect.transaction(async ({ db }) => {
      const done = await db
        .deleteFrom('pwj_nodes')
        .where((e) => e.or([e('heartbeat_at', '<', now - A_DAY), e('heartbeat_at', '>', now + A_DAY)]))
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('pwj_jobs')
                .select('pwj_jobs.id')
                .where('pwj_jobs.state', '=', 'processing')
                .whereRef('pwj_jobs.node', '=', 'pwj_nodes.id'),
            ),
          ),
        )
        .executeTakeFirst();
      return Number(done.numDeletedRows);
    });
  }
}
