// The processes as an operator sees them.
import { iso } from '../clock.ts';
import type { SeenNode } from '../db/node-reads.ts';
import type { NodeInfo } from '../host.ts';
import { BULK_TYPE } from './bulk.ts';

/** Pure. */
export function nodeInfo({ id, pid, startedAt, heartbeatAt, about, live }: SeenNode & { live: boolean }): NodeInfo {
  return {
    id,
    hostname: about.hostname ?? null,
    pid,
    version: about.version ?? null,
    roles: about.roles ?? [],
    lanes: about.lanes ?? {},
    types: (about.types ?? []).filter((type) => type !== BULK_TYPE),
    slots: about.slots ?? 0,
    running: about.running ?? 0,
    stuck: about.stuck ?? 0,
    draining: about.draining ?? false,
    startedAt: iso(startedAt),
    heartbeatAt: iso(heartbeatAt),
    live,
  };
}
