// The queue as one piece, without plugins, schedules and HTTP: what is built from its table, and how it opens, works and stops.
import { Clock, Random } from './kernel/clock.ts';
import { Settings } from './kernel/config.ts';
import { type Built, given } from './kernel/container.ts';
import { messageOf } from './kernel/errors.ts';
import { Ids } from './kernel/id.ts';
import { Identity, identify, version } from './kernel/identity.ts';
import { Log } from './kernel/logger.ts';
import { Admission, QueueHooks, UnknownTypes } from './queue/admission.ts';
import { followUncaught } from './queue/attempt.ts';
import { Holds } from './queue/holds.ts';
import { JobActions } from './queue/job-actions.ts';
import { JobReports } from './queue/job-reports.ts';
import { Lease } from './queue/lease.ts';
import { Pauses } from './queue/pauses.ts';
import { Peers, PluginStates, Presence } from './queue/presence.ts';
import { Promoter } from './queue/promoter.ts';
import { Queue } from './queue/queue.ts';
import { TypeRegistry } from './queue/registry.ts';
import { Removal, Retention } from './queue/removal.ts';
import { CrashWatch, Rescue } from './queue/rescue.ts';
import { GRACE } from './queue/runner.ts';
import { Sweep } from './queue/sweep.ts';
import { Wakeup } from './queue/wakeup.ts';
import { Explainer } from './queue/why.ts';
import { Worker } from './queue/worker.ts';
import { composeCore } from './services.ts';
import { Dialect } from './store/dialect.ts';
import { HostTransactions } from './store/host-transactions.ts';
import { JobReads } from './store/job-reads.ts';
import { Ledger } from './store/ledger.ts';
import { Maintenance } from './store/maintenance.ts';
import { NodeStore } from './store/node-store.ts';
import { PluginDatabases } from './store/plugin-database.ts';
import { WriteHealth } from './store/write-health.ts';
import { WriteQueue } from './store/write-queue.ts';

export type Core = Awaited<ReturnType<typeof createCore>>;

/** What opens, works and stops, and what others ask of the core after the start. */
const PARTS = {
  log: Log,
  clock: Clock,
  identity: Identity,
  nodes: NodeStore,
  ledger: Ledger,
  reads: JobReads,
  maintenance: Maintenance,
  writes: WriteQueue,
  storage: WriteHealth,
  databases: PluginDatabases,
  hostTransactions: HostTransactions,
  registry: TypeRegistry,
  admission: Admission,
  queue: Queue,
  worker: Worker,
  actions: JobActions,
  reports: JobReports,
  removal: Removal,
  explainer: Explainer,
  peers: Peers,
  presence: Presence,
  holds: Holds,
  pauses: Pauses,
  crashes: CrashWatch,
  rescue: Rescue,
  promoter: Promoter,
  retention: Retention,
  sweeper: Sweep,
  wakeup: Wakeup,
  lease: Lease,
};

export async function createCore(options: {
  dialect: Dialect;
  settings: Settings;
  clock: Clock;
  random: Random;
  ids: Ids;
  log: Log;
  hooks: QueueHooks;
  unknownTypes?: UnknownTypes;
  /** Of the plugins, for the row of this process. None by default. */
  plugins?: PluginStates;
}) {
  const { dialect, settings, clock, random, ids, log, hooks, unknownTypes = 'wait' } = options;
  const { plugins = { states: () => ({}) } } = options;
  const services = await composeCore([
    given(Dialect, dialect),
    given(Settings, settings),
    given(Clock, clock),
    given(Random, random),
    given(Ids, ids),
    given(Log, log),
    given(QueueHooks, hooks),
    given(UnknownTypes, unknownTypes),
    given(PluginStates, plugins),
    given(Identity, identify(ids.next())),
  ]);
  const parts = services.all(PARTS);
  return { services, ...parts, ...lifeOf(parts), sweep: () => parts.sweeper.run(), now: () => clock.now() };
}

const STOPPING = 'this process stops';

/** The order in which the core opens, works and stops. */
function lifeOf(core: Built<typeof PARTS>) {
  const { log, clock, identity, ledger, storage, databases, hostTransactions } = core;
  const { worker, lease, presence, promoter, retention, sweeper, wakeup } = core;
  const { dialect } = ledger;
  let unfollow = (): void => {};
  let isListed = false;

  return {
    /** Registers this process, and follows what the others do. */
    async open(): Promise<void> {
      unfollow = followUncaught();
      isListed = true;
      await presence.open();
      lease.start();
      const others = (await core.peers.all()).filter(({ live, about }) => live && about.version !== undefined);
      const versions = new Set(others.map(({ about }) => about.version));
      versions.delete(version());
      if (versions.size > 0)
        log.warn(
          `Processes of another version (${[...versions].join(', ')}) use this database. Update or stop them: they may not know all of its tables.`,
        );
      await ledger.start();
      await core.holds.reload();
      storage.start();
    },
    /** Takes over what a dead predecessor held, and begins to claim. */
    async startWorker(): Promise<void> {
      await core.crashes.checkNeighbours();
      worker.start();
      await presence.announce();
      promoter.start();
      retention.start();
      sweeper.start();
    },
    startListening: () => wakeup.start(),
    async stopWorker(timeout: number): Promise<void> {
      sweeper.stop();
      retention.stop();
      promoter.stop();
      // A transaction outside a job has as long as the jobs.
      const cancel = clock.after(timeout + GRACE, () => databases.end(STOPPING));
      const stopped = worker.stop(timeout);
      // If the process is killed during its stop, its jobs are not charged with a crash.
      if (worker.stopping) void presence.announce();
      await stopped;
      cancel();
    },
    async close(): Promise<void> {
      storage.stop();
      wakeup.stop();
      ledger.stop();
      hostTransactions.stop();
      databases.end(STOPPING);
      await lease.stop();
      await presence.close();
      try {
        if (isListed) await core.nodes.remove([identity.node]);
      } catch (error) {
        log.warn(
          `Cannot remove this process from the list of processes: ${messageOf(error)} The others will notice that it has ended.`,
        );
      } finally {
        unfollow();
        await dialect.close();
      }
    },
  };
}
