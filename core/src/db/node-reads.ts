// The processes that have signed on to this database, as an operator sees them.
import type { Dialect } from './dialect/dialect.ts';
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

/** Oldest first; with `since` only those that have been heard of then or later. */
export async function seenNodes({ reader }: Pick<Dialect, 'reader'>, since?: number): Promise<SeenNode[]> {
  const all = reader.selectFrom('pwj_nodes').select(['id', 'pid', 'started_at', 'heartbeat_at', 'about']);
  const seen = since === undefined ? all : all.where('heartbeat_at', '>=', since);
  // Few rows, and no index by their age.
  const rows = (await seen.execute()).sort((a, b) => a.started_at - b.started_at || (a.id < b.id ? -1 : 1));
  return rows.map((row) => ({
    id: row.id,
    pid: row.pid,
    startedAt: Number(row.started_at),
    heartbeatAt: Number(row.heartbeat_at),
    about: decodeAbout(row.about),
  }));
}
