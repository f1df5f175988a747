// The processes that have signed on to this database, as an operator sees them.
import type { Identity } from '../kernel/identity.ts';
import type { Dialect } from './dialect.ts';
import { type AboutNode, decodeAbout } from './node-about.ts';

export type { AboutNode } from './node-about.ts';

export interface SeenNode {
  id: string;
  pid: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  heartbeatAt: number;
  about: AboutNode;
}

/** With what tells whether its process is dead. */
export type NodeRow = SeenNode & Omit<Identity, 'node'>;

/** Oldest first. */
export async function seenNodes({ reader }: Pick<Dialect, 'reader'>): Promise<NodeRow[]> {
  // Few rows, and no index by their age.
  const rows = (await reader.selectFrom('pwj_nodes').selectAll().execute()).sort(
    (a, b) => a.started_at - b.started_at || (a.id < b.id ? -1 : 1),
  );
  return rows.map((row) => ({
    id: row.id,
    host: row.host,
    boot: row.boot,
    namespace: row.namespace,
    pid: row.pid,
    processStarted: row.process_started,
    startedAt: Number(row.started_at),
    heartbeatAt: Number(row.heartbeat_at),
    about: decodeAbout(row.about),
  }));
}
