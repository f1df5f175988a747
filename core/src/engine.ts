// The queue as one piece, without plugins, schedules and HTTP, which are all built on it.
import type { StorageState } from '@phraseworks/sdk';
import type { Clock, Random } from './kernel/clock.ts';
import type { Settings } from './kernel/config.ts';
import { messageOf } from './kernel/errors.ts';
import type { Ids } from './kernel/id.ts';
import { type Identity, identify, showAlive, version } from './kernel/identity.ts';
import type { Logger } from './kernel/logger.ts';
import { bulkType } from './queue/bulk.ts';
import { Control } from './queue/control.ts';
import { followDrain } from './queue/drain.ts';
import { Lease } from './queue/lease.ts';
import { Minutes } from './queue/minutes.ts';
import { Parking } from './queue/parking.ts';
import { Pauses } from './queue/pauses.ts';
import { Peers } from './queue/peers.ts';
import { aboutNode, Presence } from './queue/presence.ts';
import { ProcessFigures } from './queue/process-figures.ts';
import { Promoter } from './queue/promoter.ts';
import { Queue, type QueueHooks } from './queue/queue.ts';
import { TypeRegistry } from './queue/registry.ts';
import { Rescue } from './queue/rescue.ts';
import { Retention } from './queue/retention.ts';
import { Runner } from './queue/runner.ts';
import { followUncaught } from './queue/running-job.ts';
import { Strangers } from './queue/strangers.ts';
import { Sweep } from './queue/sweep.ts';
import { Wakeup } from './queue/wakeup.ts';
import { Worker } from './queue/worker.ts';
import type { Changes } from './store/changes.ts';
import type { Dialect } from './store/dialect.ts';
import type { News } from './store/feed.ts';
import { JobMoves } from './store/job-moves.ts';
import { JobReads } from './store/job-reads.ts';
import { Joined } from './store/joined.ts';
import { Ledger } from './store/ledger.ts';
import { Maintenance } from './store/maintenance.ts';
import { MetricsStore } from './store/metrics-store.ts';
import { NodeStore } from './store/node-store.ts';
import { PauseStore } from './store/pause-store.ts';
import { StorageWatch } from './store/storage-watch.ts';
import { WriteQueue } from './store/write-queue.ts';

interface Followers {
  writes: WriteQueue;
  promoter: Promoter;
  lease: Lease;
  parking: Parking;
  pauses: Pauses;
  lookAtDrain: () => Promise<void>;
}

type Name = News extends ReadonlySet<infer N> ? N : never;

/** What this process does after others have committed. */
async function followNews(news: News, followers: Followers): Promise<void> {
  const { writes, promoter, lease, parking, pauses, lookAtDrain } = followers;
  const has = (...names: readonly Name[]): boolean => names.some((name) => news.has(name));
  if (has('job_started')) writes.othersWork();
  // First: what has just been paused is not to be claimed, and what goes on is.
  if (has('pauses')) await pauses.follow();
  if (has('job_added', 'job_retry', 'jobs')) {
    writes.poke();
    promoter.look();
  }
  if (has('nodes')) await lookAtDrain();
  if (has('job_cancelled', 'jobs')) await lease.look();
  // What has just been switched off elsewhere must not come back from here: the next sweep knows more.
  if (has('job_parked', 'jobs', 'pauses') && !has('plugins')) await parking.adopt();
}

interface EngineDeps {
  dialect: Dialect;
  settings: Settings;
  clock: Clock;
  random: Random;
  ids: Ids;
  log: Logger;
  hooks: QueueHooks;
  refuseUnknownTypes?: boolean;
  onRemoved: (ids: readonly string[]) => Promise<void>;
  alsoPrune: (now: number) => Promise<void>;
  /** The state of each plugin, for the row of this process. */
  plugins?: () => Record<string, string>;
  /** This process can no longer store jobs, or can again, after `lasted` milliseconds. */
  onStorage?: (state: StorageState, lasted: number) => void;
  /** Another process has committed this. */
  onChange?: (news: News) => Promise<void>;
}

export type Engine = Awaited<ReturnType<typeof createEngine>>;

export async function createEngine(deps: EngineDeps) {
  const { dialect, settings, clock, random, ids, log, hooks } = deps;
  const { queue: q, processors } = settings;
  const { leaseDuration } = q;
  const most = { waiting: q.maxQueueSize, delayed: q.maxDelayedJobs };
  const identity: Identity = await identify(ids.next());
  const { node } = identity;
  let stuck = 0;
  let unfollow = (): void => {};
  let hide = (): void => {};

  const registry = new TypeRegistry(processors, q.lanes);
  const ledger = new Ledger(dialect, node, clock);
  const reads = new JobReads(dialect);
  const nodes = new NodeStore(dialect);
  const storage = new StorageWatch({
    dialect,
    write: () => nodes.touch(node, clock.now()),
    clock,
    log,
    onChange: (state, lasted) => deps.onStorage?.(state, lasted),
  });
  ledger.onFailed(storage.failed);
  const peers = new Peers({ identity, nodes, clock, leaseDuration });
  const maintenance = new Maintenance(ledger);
  const writes = new WriteQueue({ ledger, clock, most, onDue: (at) => promoter.expect(at) });
  const { statements } = writes;
  const moves = new JobMoves({ ledger, statements, ids });
  const metrics = new MetricsStore(ledger);
  const minutes = new Minutes({ store: metrics, counts: () => reads.counts(), clock, log });
  const figures = new ProcessFigures();
  ledger.onWritten((changes, ms) => {
    storage.stored(changes);
    minutes.note(changes);
    figures.stored(changes.events, ms);
  });
  const onJoined = (changes: Changes) => {
    minutes.note(changes);
    wakeup.expect();
  };
  const joined = new Joined({ ledger, statements, clock, random, most, onJoined });
  const queue = new Queue({
    registry,
    writes,
    joined,
    reads,
    ids,
    clock,
    log,
    queue: q,
    processors,
    hooks,
    refuseUnknownTypes: deps.refuseUnknownTypes ?? false,
  });
  const strangers = new Strangers({ peers, clock, onOpen: () => writes.poke() });
  const runner = new Runner({
    registry,
    clock,
    random,
    ids,
    verdict: async (job, reason) =>
      reason === 'paused' ? { kind: 'shelved', reason } : strangers.verdict(job, reason),
    ran: (lane) => strangers.ran(lane),
    stuck: (change) => {
      stuck += change;
    },
    hooks,
  });
  const worker = new Worker({
    node,
    registry,
    runner,
    writes,
    clock,
    log,
    slots: q.maxConcurrentJobs,
    ahead: dialect.hot.ahead,
    leaseDuration,
    laneOpen: (lane) => strangers.open(lane),
    stuck: () => stuck,
  });
  const about = () => aboutNode({ settings, registry, worker, stuck, plugins: deps.plugins?.() ?? {} });
  const presence = new Presence({ identity, nodes, clock, log, leaseDuration, about, onFailed: storage.failed });
  const parts = { ledger, moves, reads, registry, writes, maintenance, clock, onRemoved: deps.onRemoved };
  const control = new Control({ ...parts, worker });
  registry.register(bulkType({ reads, control, clock }));
  const parking = new Parking({
    ...parts,
    peers,
    claims: (lane) => worker.claims && registry.lanes().has(lane),
    onWaiting: () => promoter.look(),
  });
  const pauses = new Pauses({ store: new PauseStore(ledger), registry, reads, moves, clock });
  const { lost: onLost, crashed: onCrashed } = figures;
  const lease = new Lease({ node, worker, presence, maintenance, reads, clock, log, leaseDuration, onLost });
  const promoter: Promoter = new Promoter({ maintenance, writes, clock, log });
  const rescue = new Rescue({ identity, registry, moves, nodes, writes, clock, log, leaseDuration, onCrashed });
  const retention = new Retention({
    maintenance,
    nodes,
    metrics,
    clock,
    log,
    cleanupInterval: q.cleanupInterval,
    retentionPeriod: q.retentionPeriod,
    eventRetention: q.eventRetention,
    metricsRetention: q.metricsRetention,
    onRemoved: deps.onRemoved,
    alsoPrune: deps.alsoPrune,
  });
  const lookAtDrain = () => followDrain({ dialect, node, worker, presence });
  const wakeup: Wakeup = new Wakeup({
    ledger,
    clock,
    log,
    pollInterval: q.pollInterval,
    busy: () => worker.running.length > 0,
    onFailed: storage.failed,
    onChange: (news) => {
      // Not waited for: a plugin that is switched off lets its jobs end first.
      deps.onChange?.(news).catch((error: unknown) => wakeup.failed(error));
      return followNews(news, { writes, promoter, lease, parking, pauses, lookAtDrain });
    },
  });

  const sweep = new Sweep({
    clock,
    log,
    interval: q.sweepInterval,
    work: () => rescue.sweep(),
    // On a server each look is a round trip of every node.
    seldom: {
      rounds: dialect.ordered ? 1 : 6,
      work: async () => {
        await maintenance.foldCounts();
        await pauses.sweep();
        await parking.reconcile();
        await parking.adopt();
        await lookAtDrain();
        promoter.look();
        // Whatever was missed: a job that is ready is claimed by now.
        writes.poke();
      },
    },
  });

  registry.onChange(() => {
    writes.poke();
    presence.changed();
  });

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
    peers,
    parking,
    pauses,
    metrics,
    minutes,
    figures,
    storage,
    rescue,
    retention,
    promoter,
    wakeup,
    lease,
    sweep: () => sweep.run(),
    about,
    /** In all processes; of others as they said with their last heartbeat. */
    async stuck(): Promise<number> {
      const others = (await peers.all()).filter(({ id, live }) => live && id !== node);
      return others.reduce((sum, other) => sum + (other.about.stuck ?? 0), stuck);
    },
    now: () => clock.now(),

    /** Register this process and take over what a dead predecessor held. */
    async open(): Promise<void> {
      // No other process can look into a database in memory.
      if (dialect.facts().location !== ':memory:') hide = await showAlive(identity);
      await presence.open();
      const others = (await peers.all()).filter(({ live, about: { version: theirs } }) => live && theirs !== undefined);
      const versions = new Set(others.map(({ about: { version: theirs } }) => theirs));
      versions.delete(version());
      if (versions.size > 0)
        log.warn(
          `Processes of another version (${[...versions].join(', ')}) work on this database, too: update or stop them, since they may not know all of its tables.`,
        );
      await ledger.start();
      await lookAtDrain();
      await pauses.follow();
      minutes.start();
      storage.start();
    },
    async startWorker(): Promise<void> {
      await rescue.ofDeadNeighbours();
      unfollow = followUncaught();
      worker.start();
      presence.leaveToLease();
      await presence.tell();
      lease.start();
      promoter.start();
      retention.start();
      sweep.start();
      await parking.reconcile();
    },
    startListening: () => wakeup.start(),
    async stopWorker(timeout: number): Promise<void> {
      sweep.stop();
      retention.stop();
      promoter.stop();
      parking.stop();
      const stopped = worker.stop(timeout);
      // If the process is killed during its stop, its jobs are not charged with a crash.
      if (worker.stopping) void presence.tell();
      await stopped;
      strangers.stop();
      lease.stop();
      await minutes.rest();
      unfollow();
    },
    async close(): Promise<void> {
      storage.stop();
      wakeup.stop();
      ledger.stop();
      await presence.close();
      await minutes.end();
      try {
        await nodes.remove([node]);
      } catch (error) {
        log.warn(`This process could not sign off: ${messageOf(error)} Others will see that it has ended.`);
      } finally {
        hide();
        await dialect.close();
      }
    },
  };
}
