// The queue as one piece, without plugins, schedules and HTTP: what is built from its table, and how it opens, works and stops.
import { Clock, Random } from './kernel/clock.ts';
import { Settings } from './kernel/config.ts';
import { compose, given, type Services } from './kernel/container.ts';
import { messageOf } from './kernel/errors.ts';
import { Ids } from './kernel/id.ts';
import { Identity, identify, openAliveSocket, version } from './kernel/identity.ts';
import { Log } from './kernel/logger.ts';
import { Admission, QueueHooks, UnknownTypes } from './queue/admission.ts';
import { followUncaught } from './queue/attempt.ts';
import { Attempts } from './queue/attempts.ts';
import { Holds } from './queue/holds.ts';
import { JobActions } from './queue/job-actions.ts';
import { JobReports } from './queue/job-reports.ts';
import { Joiners } from './queue/joiners.ts';
import { HeldJobs, Lease } from './queue/lease.ts';
import { Pauses } from './queue/pauses.ts';
import { AboutHere, Peers, PluginStates, Presence, Stuck } from './queue/presence.ts';
import { Promoter } from './queue/promoter.ts';
import { Queue } from './queue/queue.ts';
import { TypeRegistry } from './queue/registry.ts';
import { Removal, Retention } from './queue/removal.ts';
import { CrashWatch, Rescue } from './queue/rescue.ts';
import { GRACE } from './queue/runner.ts';
import { Sweep } from './queue/sweep.ts';
import { Wakeup } from './queue/wakeup.ts';
import { Worker } from './queue/worker.ts';
import { coreServices } from './services.ts';
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
  const services = await compose(coreServices, [
    given(Dialect, dialect),
    given(Settings, settings),
    given(Clock, clock),
    given(Random, random),
    given(Ids, ids),
    given(Log, log),
    given(QueueHooks, hooks),
    given(UnknownTypes, unknownTypes),
    given(PluginStates, plugins),
    given(Identity, await identify(ids.next())),
  ]);
  const parts = {
    services,
    identity: services.get(Identity),
    registry: services.get(TypeRegistry),
    ledger: services.get(Ledger),
    reads: services.get(JobReads),
    maintenance: services.get(Maintenance),
    writes: services.get(WriteQueue),
    admission: services.get(Admission),
    joiners: services.get(Joiners),
    queue: services.get(Queue),
    attempts: services.get(Attempts),
    worker: services.get(Worker),
    actions: services.get(JobActions),
    reports: services.get(JobReports),
    removal: services.get(Removal),
    peers: services.get(Peers),
    holds: services.get(Holds),
    pauses: services.get(Pauses),
    databases: services.get(PluginDatabases),
    hostTransactions: services.get(HostTransactions),
    storage: services.get(WriteHealth),
    rescue: services.get(Rescue),
    crashes: services.get(CrashWatch),
    retention: services.get(Retention),
    wakeup: services.get(Wakeup),
    lease: services.get(Lease),
    held: services.get(HeldJobs),
    about: services.get(AboutHere),
    stuck: services.get(Stuck),
  };
  return {
    ...parts,
    ...lifeOf(services),
    sweep: () => services.get(Sweep).run(),
    now: () => clock.now(),
  };
}

const STOPPING = 'this process stops';

/** The order in which the core opens, works and stops. */
function lifeOf(core: Services) {
  const [dialect, log, identity] = [core.get(Dialect), core.get(Log), core.get(Identity)];
  const [ledger, nodes, storage] = [core.get(Ledger), core.get(NodeStore), core.get(WriteHealth)];
  const [worker, lease, presence] = [core.get(Worker), core.get(Lease), core.get(Presence)];
  const [promoter, retention, sweep, wakeup] = [
    core.get(Promoter),
    core.get(Retention),
    core.get(Sweep),
    core.get(Wakeup),
  ];
  const [databases, hostTransactions, clock] = [core.get(PluginDatabases), core.get(HostTransactions), core.get(Clock)];
  let unfollow = (): void => {};
  let hide = (): void => {};
  let isListed = false;

  return {
    /** Registers this process, and follows what the others do. */
    async open(): Promise<void> {
      unfollow = followUncaught();
      // No other process can look into a database in memory.
      if (dialect.facts().location !== ':memory:') hide = await openAliveSocket(identity);
      isListed = true;
      await presence.open();
      const others = (await core.get(Peers).all()).filter(({ live, about }) => live && about.version !== undefined);
      const versions = new Set(others.map(({ about }) => about.version));
      versions.delete(version());
      if (versions.size > 0)
        log.warn(
          `Processes of another version (${[...versions].join(', ')}) use this database. Update or stop them: they may not know all of its tables.`,
        );
      await ledger.start();
      await core.get(Holds).reload();
      storage.start();
    },
    /** Takes over what a dead predecessor held, and begins to claim. */
    async startWorker(): Promise<void> {
      await core.get(CrashWatch).checkNeighbours();
      worker.start();
      presence.leaveToLease();
      await presence.announce();
      lease.start();
      promoter.start();
      retention.start();
      sweep.start();
    },
    startListening: () => wakeup.start(),
    async stopWorker(timeout: number): Promise<void> {
      sweep.stop();
      retention.stop();
      promoter.stop();
      // A transaction outside a job has as long as the jobs.
      const cancel = clock.after(timeout + GRACE, () => databases.end(STOPPING));
      const stopped = worker.stop(timeout);
      // If the process is killed during its stop, its jobs are not charged with a crash.
      if (worker.stopping) void presence.announce();
      await stopped;
      cancel();
      lease.stop();
    },
    async close(): Promise<void> {
      storage.stop();
      wakeup.stop();
      ledger.stop();
      hostTransactions.stop();
      databases.end(STOPPING);
      await presence.close();
      try {
        if (isListed) await nodes.remove([identity.node]);
      } catch (error) {
        log.warn(
          `Cannot remove this process from the list of processes: ${messageOf(error)} The others will notice that it has ended.`,
        );
      } finally {
        hide();
        unfollow();
        await dialect.close();
      }
    },
  };
}
