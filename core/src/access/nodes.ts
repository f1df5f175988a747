// The service Nodes: the processes of the site and how it is, with the rights of who asks.
import type { Info, NodeInfo, Nodes, QueueMetrics, Readiness, Who } from '@phraseworks/sdk';
import { Clock, iso, withTimeout } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { Needing } from '../kernel/container.ts';
import { Identity } from '../kernel/identity.ts';
import { Slots } from '../plugins/slot.ts';
import { JobQueries } from '../queue/job-queries.ts';
import { Peers } from '../queue/presence.ts';
import { Dialect } from '../store/dialect.ts';
import type { SeenNode } from '../store/node-store.ts';
import { WriteHealth } from '../store/write-health.ts';
import { actorOf } from './actor.ts';

/** Milliseconds; together with the check of the storage less than the five seconds that probes wait. */
const VIEW_WITHIN = 1_500;

/** This process: what it is and does, as an operator sees it. */
export class ThisProcess extends Needing<typeof ThisProcess.needs> {
  static readonly needs = {
    dialect: Dialect,
    identity: Identity,
    settings: Settings,
    storage: WriteHealth,
    slots: Slots,
  };
  /** From its start to its stop. */
  running = false;

  info(): Info {
    const { dialect, identity, settings, storage, slots } = this.needs;
    return {
      ...dialect.facts(),
      node: identity.node,
      roles: settings.roles,
      running: this.running,
      storage: storage.state,
      plugins: slots.states(),
      failures: slots.failures(),
    };
  }
}

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
