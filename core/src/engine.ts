// The queue as one piece, without plugins, schedules and HTTP: what they all stand on.
import type { Clock, Random } from './clock.ts';
import type { Settings } from './config.ts';
import type { Dialect } from './db/dialect/dialect.ts';
import type { News } from './db/feed.ts';
import { JobMoves } from './db/job-moves.ts';
import { JobReads } from './db/job-reads.ts';
import { Ledger } from './db/ledger.ts';
import { Maintenance } from './db/maintenance.ts';
import { NodeStore } from './db/node-store.ts';
import { WriteQueue } from './db/write-queue.ts';
import { messageOf } from './errors.ts';
import type { Ids } from './id.ts';
import { type Identity, identify } from './identity.ts';
import { bulkType } from './jobs/bulk.ts';
import { Control } from './jobs/control.ts';
import { Lease } from './jobs/lease.ts';
import { Parking } from './jobs/parking.ts';
import { Promoter } from './jobs/promoter.ts';
import { type BeforeAdd, Queue } from './jobs/queue.ts';
import { TypeRegistry } from './jobs/registry.ts';
import { Rescue } from './jobs/rescue.ts';
import { Retention } from './jobs/retention.ts';
import { Runner } from './jobs/runner.ts';
import { Wakeup } from './jobs/wakeup.ts';
import { Worker } from './jobs/worker.ts';
import type { Logger } from './logger.ts';

export interface EngineDeps {
  dialect: Dialect;
  settings: Settings;
  clock: Clock;
  random: Random;
  ids: Ids;
  log: Logger;
  hooks: BeforeAdd;
  refuseUnknownTypes?: boolean;
  onRemoved: (ids: readonly string[]) => Promise<void>;
  alsoPrune: (now: number) => Promise<void>;
  /** Another process has committed this. */
  onChange?: (news: News) => Promise<void>;
}

export type Engine = Awaited<ReturnType<typeof createEngine>>;

export async function createEngine(deps: EngineDeps) {
  const { dialect, settings, clock, random, ids, log, hooks } = deps;
  const { queue: q, processors } = settings;
  const identity: Identity = await identify(ids.next());
  const { node } = identity;
  let stuck = 0;

  const registry = new TypeRegistry(processors, q.lanes);
  const ledger = new Ledger(dialect, node, clock);
  const reads = new JobReads(dialect);
  const nodes = new NodeStore(dialect);
  const maintenance = new Maintenance(ledger);
  const writes = new WriteQueue({
    ledger,
    clock,
    maxQueueSize: q.maxQueueSize,
    onDue: (at) => promoter.expect(at),
  });
  const moves = new JobMoves({ ledger, statements: writes.statements, ids });
  const queue = new Queue({
    registry,
    writes,
    reads,
    ids,
    clock,
    log,
    queue: q,
    processors,
    hooks,
    refuseUnknownTypes: deps.refuseUnknownTypes ?? false,
  });
  const runner = new Runner({
    registry,
    clock,
    random,
    ids,
    stuck: (change) => {
      stuck += change;
    },
  });
  const worker = new Worker({
    node,
    registry,
    runner,
    writes,
    clock,
    log,
    slots: q.maxConcurrentJobs,
    leaseDuration: q.leaseDuration,
  });
  const control = new Control({
    ledger,
    moves,
    reads,
    writes,
    maintenance,
    registry,
    worker,
    clock,
    onRemoved: deps.onRemoved,
  });
  registry.register(bulkType({ reads, control }));
  const parking = new Parking({
    ledger,
    moves,
    reads,
    registry,
    writes,
    maintenance,
    clock,
    onRemoved: deps.onRemoved,
    alone: async () => !(await nodes.hasOther(node, clock.now() - q.leaseDuration)),
    onWaiting: () => promoter.look(),
  });
  const lease = new Lease({ node, worker, maintenance, reads, clock, log, leaseDuration: q.leaseDuration });
  const promoter: Promoter = new Promoter({ maintenance, writes, clock, log });
  const rescue = new Rescue({ identity, registry, moves, maintenance, nodes, writes, clock, log });
  const retention = new Retention({
    maintenance,
    nodes,
    clock,
    log,
    cleanupInterval: q.cleanupInterval,
    retentionPeriod: q.retentionPeriod,
    eventRetention: q.eventRetention,
    onRemoved: deps.onRemoved,
    alsoPrune: deps.alsoPrune,
  });
  const wakeup = new Wakeup({
    ledger,
    clock,
    log,
    pollInterval: q.pollInterval,
    onChange: async (news) => {
      const has = (...names: readonly (News extends ReadonlySet<infer N> ? N : never)[]) =>
        names.some((name) => news.has(name));
      if (has('job_added', 'job_retry', 'jobs')) {
        writes.poke();
        promoter.look();
      }
      if (has('job_cancelled', 'jobs')) await lease.look();
      if (has('job_parked', 'jobs')) await parking.adopt();
      await deps.onChange?.(news);
    },
  });

  let sweepTimer: (() => void) | null = null;
  const sweep = async (): Promise<void> => {
    try {
      await rescue.sweep();
      await parking.reconcile();
      await parking.adopt();
      promoter.look();
    } catch (error) {
      log.error(`The sweep for lost jobs did not end: ${messageOf(error)}. The next one follows by itself.`);
    }
  };
  const nextSweep = (): void => {
    sweepTimer?.();
    sweepTimer = clock.after(q.sweepInterval, () => void sweep().finally(() => sweepTimer && nextSweep()));
  };

  registry.onChange(() => writes.poke());

  return {
    identity,
    registry,
    ledger,
    reads,
    maintenance,
    writes,
    queue,
    worker,
    control,
    parking,
    rescue,
    retention,
    promoter,
    wakeup,
    lease,
    sweep,
    stuck: () => stuck,
    now: () => clock.now(),

    /** Register this process and take over what a dead predecessor held. */
    async open(): Promise<void> {
      await nodes.add(identity, clock.now());
      await ledger.start();
    },
    async startWorker(): Promise<void> {
      await rescue.ofDeadNeighbours();
      worker.start();
      lease.start();
      promoter.start();
      retention.start();
      nextSweep();
      await parking.reconcile();
    },
    startListening(): void {
      wakeup.start();
    },
    async stopWorker(timeout: number): Promise<void> {
      sweepTimer?.();
      sweepTimer = null;
      retention.stop();
      promoter.stop();
      await worker.stop(timeout);
      lease.stop();
    },
    async close(): Promise<void> {
      wakeup.stop();
      ledger.stop();
      try {
        await nodes.remove([node]);
      } catch (error) {
        log.warn(`This process could not sign off: ${messageOf(error)} Others will see that it has ended.`);
      } finally {
        await dialect.close();
      }
    },
  };
}
