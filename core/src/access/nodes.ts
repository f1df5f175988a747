// The service Nodes: the processes of the site and how it is, with the rights of who asks.
import type { NodeInfo, Nodes, QueueMetrics, Readiness, Who } from '@phraseworks/sdk';
import { Clock, iso, withTimeout } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { JobQueries } from '../queue/job-queries.ts';
import { Peers } from '../queue/presence.ts';
import type { SeenNode } from '../store/node-store.ts';
import { WriteHealth } from '../store/write-health.ts';
import { actorOf } from './actor.ts';
import { ThisProcess } from './this-process.ts';

/** Milliseconds; together with the check of the storage less than the five seconds that probes wait. */
const VIEW_WITHIN = 1_500;

export class GuardedNodes extends Needing<typeof GuardedNodes.needs> implements Nodes {
  static readonly needs = { peers: Peers, storage: WriteHealth, queries: JobQueries, here: ThisProcess, clock: Clock };

  async list(who: Who): Promise<NodeInfo[]> {
    await actorOf(who).require('view', 'some');
    return (await this.needs.peers.all()).map(nodeInfo);
  }

  async metrics(who: Who): Promise<QueueMetrics> {
    await actorOf(who).require('view');
    return this.needs.queries.metrics();
  }

  async readiness(who: Who): Promise<Readiness> {
    const { storage, here, clock } = this.needs;
    const actor = actorOf(who);
    const { writable, reason } = await storage.now();
    const ready = here.running && writable;
    // Identifying the caller may need the database.
    const mayView = await withTimeout(clock, VIEW_WITHIN, actor.may('view')).catch(() => false);
    return {
      ready,
      ...(ready ? {} : { reason: reason ?? 'not_running' }),
      ...(mayView ? { info: here.info() } : {}),
    };
  }
}

/** A process as an operator sees it. */
function nodeInfo({ id, pid, startedAt, heartbeatAt, about, live }: SeenNode & { live: boolean }): NodeInfo {
  return {
    id,
    hostname: about.hostname ?? null,
    pid,
    version: about.version ?? null,
    roles: about.roles ?? [],
    types: about.types ?? [],
    slots: about.slots ?? 0,
    running: about.running ?? 0,
    stuck: about.stuck ?? 0,
    startedAt: iso(startedAt),
    heartbeatAt: iso(heartbeatAt),
    live,
  };
}
