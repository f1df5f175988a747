// The processes of the site, and how it is.
import type { Who } from '../access.ts';
import type { NodeInfo } from '../answers.ts';
import type { PluginState, StorageReason, StorageState } from '../hooks.ts';
import type { QueueMetrics } from '../job.ts';
import { token } from '../token.ts';

export type Role = 'web' | 'worker' | 'scheduler';

export interface Info {
  engine: string;
  version: string;
  /** As read back from the connection; `full`: a commit waits for the disk. */
  durability: string;
  location: string;
  node: string;
  roles: readonly Role[];
  running: boolean;
  /** Can jobs be stored, as of the last write? `readiness()` tests it. */
  storage: StorageState;
  plugins: Record<string, PluginState>;
}

export interface Readiness {
  /** Jobs can be stored, claimed and run. */
  ready: boolean;
  /** Why it is not ready. */
  reason?: StorageReason | 'not_running';
  /** Only for callers who may `view`. */
  info?: Info;
}

/** A service of the core: `needs: { nodes: Nodes }`. */
export interface Nodes {
  /** All processes that use the database, oldest first. Needs `view`, and tells callers with `where` the same. */
  list(who: Who): Promise<NodeInfo[]>;
  /** Of this process, within five seconds. Never throws. */
  readiness(who: Who): Promise<Readiness>;
  /** Numbers of all jobs by state and type. Needs `view`. */
  metrics(who: Who): Promise<QueueMetrics>;
}
export const Nodes = token<Nodes>('core/nodes');
