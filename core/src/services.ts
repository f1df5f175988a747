// The whole core: each service with its needs, built from top to bottom, and who hears of what. A class names its needs itself; what is made
// in another way has them here. Given services (clock, settings, database, ...) are named in createCore() and create-jobs.ts.
import { JobLogs, lend, Monitor, SignalLinks } from '@phraseworks/sdk';
import { accessServices, lentServices } from './access/access.ts';
import { Clock } from './kernel/clock.ts';
import { Settings } from './kernel/config.ts';
import { compose, type Given, service } from './kernel/container.ts';
import { Hooks } from './kernel/hooks.ts';
import { Log } from './kernel/logger.ts';
import { Hub } from './live/hub.ts';
import { Application } from './plugins/application.ts';
import { CoreMonitor } from './plugins/monitor.ts';
import { PluginHost } from './plugins/plugin-host.ts';
import { Purge } from './plugins/purge.ts';
import { Reconciler } from './plugins/reconciler.ts';
import { PluginRoutes } from './plugins/routes.ts';
import { Services as PluginServices } from './plugins/services.ts';
import { SHARED, Shared } from './plugins/shared.ts';
import { Slots } from './plugins/slot.ts';
import { Admission } from './queue/admission.ts';
import { runningJob } from './queue/attempt.ts';
import { Attempts } from './queue/attempts.ts';
import { ContentJobs } from './queue/content.ts';
import { Holds } from './queue/holds.ts';
import { JobActions } from './queue/job-actions.ts';
import { JobQueries } from './queue/job-queries.ts';
import { JobReports } from './queue/job-reports.ts';
import { JobTransactions } from './queue/job-transactions.ts';
import { JobsOf, OWNED_JOBS, ownedJobs } from './queue/jobs-of.ts';
import { ruleOf } from './queue/keys/unique.ts';
import { Lease } from './queue/lease.ts';
import { valueIn } from './queue/limits/known.ts';
import { Limits, Openings } from './queue/limits/limits.ts';
import { Batches } from './queue/links/batches.ts';
import { Peers, Presence, ThisNode } from './queue/presence.ts';
import { Queue } from './queue/queue.ts';
import { TypeRegistry } from './queue/registry.ts';
import { Removal } from './queue/removal.ts';
import { CrashWatch, Rescue } from './queue/rescue.ts';
import { Runner } from './queue/runner.ts';
import { Signals } from './queue/steps/signals.ts';
import { Steps } from './queue/steps/steps.ts';
import { DeadlineTimer, Promoter, Sweep } from './queue/timers.ts';
import { Wakeup } from './queue/wakeup.ts';
import { Worker } from './queue/worker.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { Schedules } from './scheduler/schedules.ts';
import { Dialect } from './store/dialect.ts';
import { HoldStore } from './store/holds.ts';
import { HostTransactions } from './store/host-transactions.ts';
import { JobReads } from './store/job-reads.ts';
import { Keys } from './store/keys/keys.ts';
import { Ledger } from './store/ledger.ts';
import { LimitStore } from './store/limit-store.ts';
import { BatchStore } from './store/links/batches.ts';
import { Links } from './store/links/links.ts';
import { LinkReads } from './store/links/reads.ts';
import { LogStore } from './store/log-store.ts';
import { Maintenance } from './store/maintenance.ts';
import { NodeStore } from './store/node-store.ts';
import { OldLogs } from './store/old-logs.ts';
import { Overdue } from './store/overdue.ts';
import { PluginDatabases } from './store/plugin-database.ts';
import { PluginStore } from './store/plugin-store.ts';
import { ReceiptStore } from './store/receipt-store.ts';
import { ScheduleStore } from './store/schedule-store.ts';
import { Transition } from './store/transition.ts';
import { WriteHealth } from './store/write-health.ts';
import { WriteQueue } from './store/write-queue.ts';

/** The queue. It works without plugins, schedules and HTTP. */
export const coreServices = {
  // Store.
  ledger: Ledger,
  reads: JobReads,
  nodes: NodeStore,
  storage: WriteHealth,
  maintenance: Maintenance,
  moves: Transition,
  overdue: Overdue,
  writes: service(
    WriteQueue,
    { ledger: Ledger, overdue: Overdue, clock: Clock, settings: Settings },
    (needs) => new WriteQueue(needs),
  ),
  databases: service(
    PluginDatabases,
    { dialect: Dialect, clock: Clock, log: Log },
    (needs) => new PluginDatabases({ ...needs, attempt: () => runningJob.getStore() }),
  ),
  hostTransactions: HostTransactions,
  holdStore: HoldStore,
  receipts: ReceiptStore,
  linkReads: LinkReads,

  // Adding and running; this process and the others, and what holds types in all of them.
  hooks: Hooks,
  registry: TypeRegistry,
  admission: Admission,
  jobTransactions: JobTransactions,
  runner: Runner,
  signals: Signals,
  steps: Steps,
  attempts: Attempts,
  worker: Worker,
  peers: Peers,
  here: ThisNode,
  holds: Holds,
  queue: Queue,
  // Jobs with the same key.
  keys: service(
    Keys,
    { ledger: Ledger, moves: Transition, clock: Clock, registry: TypeRegistry },
    ({ registry, ...needs }) => new Keys({ ...needs, ruleOf: (type) => ruleOf(registry.optionsOf(type)) }),
  ),
  // Limits over all processes.
  limits: service(
    LimitStore,
    { ledger: Ledger, moves: Transition, clock: Clock, registry: TypeRegistry },
    ({ registry, ...needs }) => new LimitStore({ ...needs, known: registry, valueIn }),
  ),
  openings: Openings,
  limitList: Limits,
  // Jobs that wait for others, and batches.
  links: service(
    Links,
    { ledger: Ledger, moves: Transition, clock: Clock, registry: TypeRegistry },
    ({ registry, ...needs }) => new Links({ ...needs, isLinked: (type) => registry.isLinked(type) }),
  ),
  batchStore: BatchStore,
  // What users and plugins do with a job.
  queries: JobQueries,
  actions: JobActions,
  content: ContentJobs,
  reports: JobReports,
  batches: Batches,
  removal: Removal,
  // What goes on beside the jobs.
  presence: Presence,
  lease: Lease,
  rescue: Rescue,
  crashes: CrashWatch,
  promoter: Promoter,
  deadlineTimer: DeadlineTimer,
  wakeup: Wakeup,
  sweeper: Sweep,
};

/** The rest of a site: schedules, live events, plugins. */
export const siteServices = {
  logStore: LogStore,
  scheduleStore: ScheduleStore,
  scheduler: Scheduler,
  schedules: Schedules,
  hub: Hub,
  jobsOf: service(JobsOf, OWNED_JOBS, (needs) => (owner) => ownedJobs(needs, owner)),
  jobLogs: service(JobLogs, OldLogs.needs, (needs) => new OldLogs(needs)),
  // Plugins.
  pluginStore: PluginStore,
  monitor: CoreMonitor,
  services: PluginServices,
  shared: service(Shared, SHARED, (shared) => shared),
  application: Application,
  reconciler: Reconciler,
  purge: Purge,
  plugins: PluginHost,
  routes: PluginRoutes,
};

type Queued = Awaited<ReturnType<typeof composeCore>>;
export type Site = Awaited<ReturnType<typeof composeSite>>;

/** Builds the queue. A lower service reports by a signal, and does not know the higher one that listens. */
export async function composeCore(start: readonly Given[]) {
  const core = await compose(coreServices, start);
  const { ledger, storage, registry, writes, moves, presence, wakeup, promoter, worker, holds, lease, keys, limits } =
    core.parts;
  const { databases, hostTransactions, nodes, sweeper, maintenance, removal, deadlineTimer } = core.parts;
  const { limitList, openings, queries, links, batches, batchStore, signals, receipts } = core.parts;
  ledger.failed.on(storage.failed);
  ledger.written.on(({ changes }) => storage.stored(changes));
  ledger.written.on(({ changes }) => deadlineTimer.expect(changes.firstDeadline));
  writes.setClaimer(worker);
  worker.outdated.on(() => holds.reload());
  writes.due.on((at) => promoter.expect(at));
  moves.freed.on((at) => (at === null ? writes.requestClaim() : promoter.expect(at)));
  links.marked.on(() => batches.within(0));
  links.touched.on((ids) => batches.touch(ids));
  ledger.followers.push(receipts);
  queries.reasons.push((job) => limitList.why(job));
  queries.reasons.push((job) => signals.why(job));
  limits.freed.on(() => writes.requestClaim());
  moves.cancelled.on((id) => worker.cancel(id));
  moves.changed.on(() => registry.readmit());
  removal.passes.push(
    (now) => nodes.prune(now),
    (now) => batchStore.prune(now - registry.longestRetention()),
  );
  sweeper.missed.on(() => maintenance.foldCounts());
  sweeper.missed.on(() => holds.sweep());
  sweeper.missed.on(() => promoter.within(0));
  sweeper.missed.on(() => deadlineTimer.check());
  sweeper.missed.on(() => keys.sweep());
  sweeper.missed.on(() => batches.sweep());
  sweeper.missed.on(() => limits.adopt());
  sweeper.missed.on(() => openings.within(0));
  sweeper.missed.on(() => writes.requestClaim());
  databases.ended.on(() => wakeup.checkHere());
  hostTransactions.ended.on(() => wakeup.checkHere());
  for (const { ended } of [databases, hostTransactions]) ended.on(() => batches.within(0));
  wakeup.news.on(async (news) => {
    if (news.has('job_started')) writes.noteOthers();
    if (news.has('pauses') || news.has('plugins')) {
      await holds.reload();
      writes.requestClaim();
    }
    if (news.has('links')) batches.within(0);
    if (news.has('job_added') || news.has('job_retry') || news.has('jobs')) {
      writes.requestClaim();
      promoter.within(0);
      deadlineTimer.check();
    }
    if (news.has('limits')) {
      // Its values may have other times now.
      openings.within(0);
      writes.requestClaim();
    }
    if (news.has('job_cancelled')) registry.readmit();
    if (news.has('job_cancelled') || news.has('jobs')) await lease.check();
  });
  registry.changes.on(() => writes.requestClaim());
  registry.changes.on(() => presence.changed());
  return core;
}

/** Builds the rest of a site around its queue. */
export async function composeSite(core: Queued, start: readonly Given[]) {
  const { parts: site, get } = await compose(siteServices, start, core.container);
  const { parts: access } = await compose(accessServices, [], core.container);
  const { hooks, ledger, registry, removal, wakeup, reports, signals } = core.parts;
  const { scheduler, schedules, hub, plugins, services, logStore, scheduleStore } = site;
  reports.handled.on((fact) => hooks.doAction('error', fact));
  removal.passes.push(
    (now) => logStore.prune(now),
    (now) => scheduleStore.pruneTicks(now),
  );
  schedules.changed.on(() => scheduler.within(0));
  registry.changes.on(() => scheduler.within(0));
  // No event shows that a type is held from now on, or is not.
  const resync = (topics: ReadonlySet<string>) => {
    if (topics.has('pauses') || topics.has('plugins')) hub.resync();
  };
  ledger.written.on(({ changes }) => resync(changes.topics));
  wakeup.news.on((news) => {
    resync(news);
    if (news.has('schedules')) scheduler.within(0);
    // Do not await: a plugin that is disabled first lets its jobs finish.
    if (news.has('plugins')) void plugins.follow().catch((error: unknown) => wakeup.failed(error));
  });
  services.lend(lend(JobLogs, site.jobLogs), lend(Monitor, site.monitor), lend(SignalLinks, signals));
  services.lend(...lentServices(access));
  return { ...site, access, slots: get(Slots) };
}
