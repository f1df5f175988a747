// The processes that have signed on to this database, as an operator sees them.
import type { Dialect } from './dialect/dialect.ts';

/** What a process says of itself; a process of an older version says nothing. */
export interface AboutNode {
  version?: string;
  hostname?: string;
  roles?: string[];
  /** The lanes it claims from, each with its limit; null: none. */
  lanes?: Record<string, number | null>;
  types?: string[];
  slots?: number;
  running?: number;
  draining?: boolean;
  plugins?: Record<string, string>;
}

export interface SeenNode {
  id: string;
  pid: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  heartbeatAt: number;
  about: AboutNode;
}

/** Oldest first. */
export async function seenNodes({ reader }: Dialect): Promise<SeenNode[]> {
  const rows = await reader.selectFrom('pwj_nodes').selectAll().orderBy('started_at').orderBy('id').execute();
  return rows.map((row) => ({
    id: row.id,
    pid: row.pid,
    startedAt: Number(row.started_at),
    heartbeatAt: Number(row.heartbeat_at),
    about: readAbout((row as { about?: unknown }).about),
  }));
}

function readAbout(text: unknown): AboutNode {
  try {
    const about: unknown = typeof text === 'string' ? JSON.parse(text) : null;
    return typeof about === 'object' && about !== null ? (about as AboutNode) : {};
  } catch {
    // A hand was in the row.
    return {};
  }
}
