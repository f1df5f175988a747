// The processes of the site, and how it is.
import type { Who } from '../access.ts';
import type { QueueMetrics } from '../contract/jobs.ts';
import type { NodeInfo, Readiness } from '../contract/site.ts';
import { token } from '../token.ts';

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
