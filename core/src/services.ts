// The whole core: each service with its needs, built from top to bottom. Given services (clock, settings, database, ...) are named in core.ts and
// create-jobs.ts. A lower service reports to a higher one by a signal; the higher one listens in its factory.
import { JobLogs, lend, Monitor } from '@phraseworks/sdk';
import { Access, lentServices } from './access/access.ts';
import { Adding } from './access/adding.ts';
import { Audit } from './access/audit.ts';
import { GuardedTypes } from './access/job-types.ts';
import { GuardedJobs } from './access/jobs.ts';
import { GuardedNodes } from './access/nodes.ts';
import { GuardedPauses } from './access/pauses.ts';
import { GuardedPlugins } from './access/plugins.ts';
import { GuardedSchedules } from './access/schedules.ts';
import { Shown } from './access/shown.ts';
import { ThisProcess } from './access/this-process.ts';
import { Turns } from './access/turns.ts';
import { Clock, Random } from './kernel/clock.ts';
import { Settings } from './kernel/config.ts';
import { createContainer, type Service, service } from './kernel/container.ts';
import { Ids } from './kernel/id.ts';
import { Identity } from './kernel/identity.ts';
import { Log } from './kernel/logger.ts';
import { Hub } from './live/hub.ts';
import { Application, createApplication } from './plugins/application.ts';
import { createPluginHost, PluginOptions } from './plugins/create-plugin-host.ts';
import { Hooks } from './plugins/hooks.ts';
import { CoreMonitor } from './plugins/monitor.ts';
import { PluginHost } from './plugins/plugin-host.ts';
import { Slots } from './plugins/slot.ts';
import { Admission, QueueHooks, UnknownTypes } from './queue/admission.ts';
import { AllJobs, allJobs } from './queue/all-jobs.ts';
import { runningJob } from './queue/attempt.ts';
import { Attempts } from './queue/attempts.ts';
import { bulkType } from './queue/bulk.ts';
import { ClaimPlanner } from './queue/claim-planner.ts';
import { Holds } from './queue/holds.ts';
import { JobActions } from './queue/job-actions.ts';
import { JobReports } from './queue/job-reports.ts';
import { type HandledError, JobsOf, ownedJobs } from './queue/jobs-of.ts';
import { Joiners } from './queue/joiners.ts';
import { HeldJobs, Lease } from './queue/lease.ts';
import { Pauses } from './queue/pauses.ts';
import { AboutHere, aboutNode, Peers, PluginStates, Presence, Stuck } from './queue/presence.ts';
import { Promoter } from './queue/promoter.ts';
import { Queue } from './queue/queue.ts';
import { TypeRegistry } from './queue/registry.ts';
import { Removal, Retention } from './queue/removal.ts';
import { CrashWatch, Rescue } from './queue/rescue.ts';
import { Runner } from './queue/runner.ts';
import { Sweep } from './queue/sweep.ts';
import { viewOf } from './queue/view.ts';
import { actOn, Wakeup } from './queue/wakeup.ts';
import { situationOf, whyNot } from './queue/why.ts';
import { Worker } from './queue/worker.ts';
import { ScheduleAdministration } from './scheduler/administration.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { checkTimes, Schedules } from './scheduler/schedules.ts';
import { Dialect } from './store/dialect.ts';
import { HoldStore } from './store/holds.ts';
import { HostTransactions } from './store/host-transactions.ts';
import { JobReads } from './store/job-reads.ts';
import { Ledger } from './store/ledger.ts';
import { LogStore } from './store/log-store.ts';
import { Maintenance } from './store/maintenance.ts';
import { NodeStore } from './store/node-store.ts';
import { OldLogs } from './store/old-logs.ts';
import { PluginDatabases } from './store/plugin-database.ts';
import { ReceiptStore } from './store/receipt-store.ts';
import { ScheduleStore } from './store/schedule-store.ts';
import type { QueueSize } from './store/shared-statements.ts';
import { Transition } from './store/transition.ts';
import { WriteHealth } from './store/write-health.ts';
import { WriteQueue } from './store/write-queue.ts';

const mostOf = ({ queue }: Settings): QueueSize => ({ waiting: queue.maxQueueSize, delayed: queue.maxDelayedJobs });

/** The queue. It works without plugins, schedules and HTTP. */
export const coreServices: readonly Service[] = [
  // Store.
  service(
    Ledger,
    { dialect: Dialect, identity: Identity, clock: Clock },
    ({ dialect, identity, clock }) => new Ledger(dialect, identity.node, clock),
  ),
  service(JobReads, { dialect: Dialect }, ({ dialect }) => new JobReads(dialect)),
  service(NodeStore, { dialect: Dialect }, ({ dialect }) => new NodeStore(dialect)),
  service(
    WriteHealth,
    { dialect: Dialect, identity: Identity, ledger: Ledger, nodes: NodeStore, clock: Clock, log: Log },
    ({ identity, ledger, nodes, ...needs }) => {
      const watch = new WriteHealth({ ...needs, write: () => nodes.touch(identity.node, needs.clock.now()) });
      ledger.failed.on(watch.failed);
      ledger.written.on(({ changes }) => watch.stored(changes));
      return watch;
    },
  ),
  service(Maintenance, { ledger: Ledger }, ({ ledger }) => new Maintenance(ledger)),
  service(
    WriteQueue,
    { ledger: Ledger, clock: Clock, settings: Settings },
    ({ settings, ...needs }) => new WriteQueue({ ...needs, most: mostOf(settings) }),
  ),
  service(Transition, { ledger: Ledger, ids: Ids }, (needs) => new Transition(needs)),
  service(
    PluginDatabases,
    { dialect: Dialect, clock: Clock, log: Log },
    (needs) => new PluginDatabases({ ...needs, attempt: () => runningJob.getStore() }),
  ),
  service(
    HostTransactions,
    { ledger: Ledger, databases: PluginDatabases, clock: Clock, random: Random, log: Log, settings: Settings },
    ({ settings, ...needs }) => new HostTransactions({ ...needs, most: mostOf(settings) }),
  ),
  service(HoldStore, { ledger: Ledger }, ({ ledger }) => new HoldStore(ledger)),

  // Adding and running.
  service(
    TypeRegistry,
    { settings: Settings, clock: Clock },
    ({ settings: { processors, queue }, clock }) => new TypeRegistry(() => clock.now(), processors, queue.only),
  ),
  service(
    Admission,
    {
      registry: TypeRegistry,
      ids: Ids,
      clock: Clock,
      log: Log,
      settings: Settings,
      unknownTypes: UnknownTypes,
    },
    ({ settings: { queue }, ...needs }) => new Admission({ ...needs, queue }),
  ),
  service(
    Runner,
    {
      registry: TypeRegistry,
      hooks: QueueHooks,
      databases: PluginDatabases,
      clock: Clock,
      random: Random,
      ids: Ids,
    },
    (needs) => new Runner(needs),
  ),
  service(ReceiptStore, { ledger: Ledger }, ({ ledger }) => new ReceiptStore(ledger)),
  service(
    Attempts,
    {
      identity: Identity,
      runner: Runner,
      writes: WriteQueue,
      receipts: ReceiptStore,
      clock: Clock,
      log: Log,
    },
    ({ identity, ...needs }) => new Attempts({ ...needs, node: identity.node }),
  ),
  service(
    Worker,
    {
      dialect: Dialect,
      attempts: Attempts,
      registry: TypeRegistry,
      writes: WriteQueue,
      clock: Clock,
      settings: Settings,
    },
    ({ dialect, settings: { queue }, ...needs }) => {
      needs.registry.onChange(() => needs.writes.requestClaim());
      return new Worker({ ...needs, slots: queue.maxConcurrentJobs, prefetch: dialect.statements.prefetch });
    },
  ),

  // This process and the others, and what holds types in all of them.
  service(
    Peers,
    { identity: Identity, nodes: NodeStore, clock: Clock, settings: Settings },
    ({ settings, ...needs }) => new Peers({ ...needs, leaseDuration: settings.queue.leaseDuration }),
  ),
  service(
    Stuck,
    { peers: Peers, runner: Runner },
    ({ peers, runner }) =>
      async () =>
        runner.stuck + (await peers.stuck()),
  ),
  service(
    AboutHere,
    { settings: Settings, registry: TypeRegistry, worker: Worker, runner: Runner, plugins: PluginStates },
    (needs) => () => aboutNode(needs),
  ),
  service(
    Holds,
    { store: HoldStore, registry: TypeRegistry, peers: Peers, about: AboutHere },
    (needs) => new Holds(needs),
  ),
  service(
    Pauses,
    {
      store: HoldStore,
      holds: Holds,
      registry: TypeRegistry,
      reads: JobReads,
      clock: Clock,
      plugins: PluginStates,
    },
    ({ plugins, ...needs }) => new Pauses({ ...needs, isPlugin: (name) => Object.hasOwn(plugins.states(), name) }),
  ),
  service(
    ClaimPlanner,
    {
      worker: Worker,
      registry: TypeRegistry,
      holds: Holds,
      writes: WriteQueue,
      settings: Settings,
      clock: Clock,
      log: Log,
    },
    ({ settings, ...needs }) => {
      const claims = new ClaimPlanner({ ...needs, leaseDuration: settings.queue.leaseDuration });
      needs.writes.setClaimer(claims);
      return claims;
    },
  ),
  service(Joiners, {}, () => new Joiners()),
  service(
    Queue,
    {
      admission: Admission,
      registry: TypeRegistry,
      holds: Holds,
      writes: WriteQueue,
      hostTransactions: HostTransactions,
      reads: JobReads,
      hooks: QueueHooks,
      joiners: Joiners,
    },
    (needs) => new Queue(needs),
  ),

  // What users and plugins do with a job.
  service(
    Removal,
    { maintenance: Maintenance, reads: JobReads, registry: TypeRegistry, clock: Clock },
    (needs) => new Removal(needs),
  ),
  service(
    JobActions,
    {
      moves: Transition,
      reads: JobReads,
      writes: WriteQueue,
      registry: TypeRegistry,
      holds: Holds,
      worker: Worker,
      removal: Removal,
      clock: Clock,
      log: Log,
    },
    ({ removal, ...needs }) => {
      const actions = new JobActions(needs);
      needs.registry.register(bulkType({ ...needs, actions, removal }));
      return actions;
    },
  ),
  service(
    JobReports,
    { attempts: Attempts, reads: JobReads, writes: WriteQueue, ledger: Ledger, clock: Clock },
    (needs) => new JobReports(needs),
  ),

  service(
    Presence,
    {
      identity: Identity,
      nodes: NodeStore,
      registry: TypeRegistry,
      about: AboutHere,
      storage: WriteHealth,
      settings: Settings,
      clock: Clock,
      log: Log,
    },
    ({ registry, storage, settings, ...needs }) => {
      const presence = new Presence({ ...needs, leaseDuration: settings.queue.leaseDuration });
      presence.failed.on(storage.failed);
      registry.onChange(() => presence.changed());
      return presence;
    },
  ),
  service(
    HeldJobs,
    { worker: Worker, maintenance: Maintenance, reads: JobReads, log: Log },
    (needs) => new HeldJobs(needs),
  ),
  service(
    Lease,
    {
      held: HeldJobs,
      presence: Presence,
      maintenance: Maintenance,
      settings: Settings,
      clock: Clock,
      log: Log,
    },
    ({ settings, ...needs }) => new Lease({ ...needs, leaseDuration: settings.queue.leaseDuration }),
  ),
  service(
    Rescue,
    {
      registry: TypeRegistry,
      moves: Transition,
      nodes: NodeStore,
      writes: WriteQueue,
      clock: Clock,
      log: Log,
    },
    (needs) => new Rescue(needs),
  ),
  service(
    CrashWatch,
    { identity: Identity, nodes: NodeStore, rescue: Rescue, settings: Settings, clock: Clock, log: Log },
    ({ settings, ...needs }) => new CrashWatch({ ...needs, leaseDuration: settings.queue.leaseDuration }),
  ),

  // Delayed jobs.
  service(Promoter, { moves: Transition, writes: WriteQueue, clock: Clock, log: Log }, (needs) => {
    const promoter = new Promoter(needs);
    needs.writes.due.on((at) => promoter.expect(at));
    return promoter;
  }),
  // Recurring work.
  service(
    Retention,
    { maintenance: Maintenance, nodes: NodeStore, settings: Settings, clock: Clock, log: Log },
    (needs) => new Retention(needs),
  ),
  service(
    Sweep,
    {
      crashes: CrashWatch,
      maintenance: Maintenance,
      pauses: Pauses,
      promoter: Promoter,
      writes: WriteQueue,
      dialect: Dialect,
      settings: Settings,
      clock: Clock,
      log: Log,
    },
    ({ crashes, maintenance, pauses, promoter, writes, ...needs }) =>
      new Sweep({
        ...needs,
        always: () => crashes.check(),
        whole: [
          () => maintenance.foldCounts(),
          () => pauses.sweep(),
          () => promoter.check(),
          // If a wake-up was missed, claim ready jobs now.
          () => writes.requestClaim(),
        ],
      }),
  ),
  service(
    Wakeup,
    {
      ledger: Ledger,
      databases: PluginDatabases,
      hostTransactions: HostTransactions,
      attempts: Attempts,
      storage: WriteHealth,
      writes: WriteQueue,
      registry: TypeRegistry,
      holds: Holds,
      promoter: Promoter,
      held: HeldJobs,
      settings: Settings,
      clock: Clock,
      log: Log,
    },
    ({ ledger, databases, hostTransactions, attempts, storage, settings, clock, log, ...acting }) => {
      const wakeup = new Wakeup({
        ...{ ledger, clock, log },
        pollInterval: settings.queue.pollInterval,
        busy: () => attempts.size > 0,
        onFailed: storage.failed,
      });
      databases.ended.on(() => wakeup.checkHere());
      hostTransactions.ended.on(() => wakeup.checkHere());
      wakeup.news.on((news) => actOn(news, acting));
      return wakeup;
    },
  ),
];

/** The rest of a site: schedules, live events, plugins. */
export const siteServices: readonly Service[] = [
  // Activity log.
  service(LogStore, { dialect: Dialect, clock: Clock, retention: Retention }, ({ dialect, clock, retention }) => {
    const log = new LogStore(dialect, clock);
    retention.round.on((now) => log.prune(now));
    return log;
  }),

  // Schedules.
  service(ScheduleStore, { ledger: Ledger }, ({ ledger }) => new ScheduleStore(ledger)),
  service(
    Scheduler,
    {
      store: ScheduleStore,
      queue: Queue,
      slots: Slots,
      registry: TypeRegistry,
      holds: Holds,
      retention: Retention,
      wakeup: Wakeup,
      settings: Settings,
      clock: Clock,
      log: Log,
    },
    ({ queue, slots, registry, holds, retention, wakeup, settings, ...needs }) => {
      const scheduler = new Scheduler({
        ...needs,
        pollInterval: settings.queue.pollInterval,
        isActive: (plugin) => slots.isOn(plugin),
        isPaused: (type) => holds.pauseOf(type) !== null,
        fire: (job, about) => queue.addTick(job, about),
      });
      registry.onChange(() => scheduler.poke());
      wakeup.news.on((news) => {
        if (news.has('schedules')) scheduler.poke();
      });
      retention.round.on((now) => scheduler.prune(now));
      return scheduler;
    },
  ),
  service(
    Schedules,
    {
      store: ScheduleStore,
      admission: Admission,
      registry: TypeRegistry,
      scheduler: Scheduler,
      settings: Settings,
      clock: Clock,
      log: Log,
    },
    ({ admission, registry, scheduler, settings, ...needs }) =>
      new Schedules({
        ...needs,
        check: (job, base) => admission.check(job, base),
        changed: () => scheduler.poke(),
        maxSchedules: settings.scheduler.maxSchedules,
        isKnown: (type) => registry.get(type) !== undefined || registry.ownerOf(type) !== undefined,
        isIdle: settings.roles.length === 0,
      }),
  ),
  service(
    ScheduleAdministration,
    {
      store: ScheduleStore,
      admission: Admission,
      queue: Queue,
      scheduler: Scheduler,
      slots: Slots,
      holds: Holds,
      clock: Clock,
    },
    ({ admission, queue, scheduler, slots, holds, ...needs }) =>
      new ScheduleAdministration({
        ...needs,
        isActive: (plugin) => slots.isOn(plugin),
        isPaused: (type) => holds.pauseOf(type) !== null,
        check: (job, base) => admission.check(job, base),
        changed: () => scheduler.poke(),
        add: (job, about) => queue.add(job, about),
      }),
  ),

  // All jobs and pauses, for the host and, with rights, for callers.
  service(
    AllJobs,
    {
      queue: Queue,
      actions: JobActions,
      removal: Removal,
      reads: JobReads,
      registry: TypeRegistry,
      holds: Holds,
      attempts: Attempts,
      peers: Peers,
      dialect: Dialect,
      worker: Worker,
      settings: Settings,
      clock: Clock,
      log: Log,
    },
    ({ dialect, worker, settings, attempts, peers, clock, log, registry, ...needs }) =>
      allJobs({
        ...needs,
        inside: dialect.inside,
        why: async (record) => {
          const facts = { ...needs, registry, worker, attempts, peers, now: () => clock.now() };
          return whyNot(record, await situationOf(record, facts, settings.queue.maxConcurrentJobs));
        },
        view: (job) => viewOf(job, { registry, clock, log }),
      }),
  ),
  // Live events.
  service(
    Hub,
    { ledger: Ledger, wakeup: Wakeup, clock: Clock, log: Log, settings: Settings },
    ({ wakeup, settings, ...needs }) => {
      const hub = new Hub({ ...needs, limits: settings.live });
      // No event shows that a type is held from now on, or is not.
      const tell = (topics: ReadonlySet<string>) => {
        if (topics.has('pauses') || topics.has('plugins')) hub.resync();
      };
      needs.ledger.written.on(({ changes }) => tell(changes.topics));
      wakeup.news.on(tell);
      return hub;
    },
  ),

  // Plugins, and the services that they may need.
  service(
    JobsOf,
    {
      queue: Queue,
      hostTransactions: HostTransactions,
      actions: JobActions,
      reports: JobReports,
      reads: JobReads,
      holds: Holds,
      attempts: Attempts,
      stuck: Stuck,
      hooks: Hooks,
      clock: Clock,
      log: Log,
    },
    ({ hooks, ...needs }) => {
      const deps = { ...needs, report: (fact: HandledError) => hooks.doAction('error', fact) };
      return (owner) => ownedJobs(deps, owner);
    },
  ),
  service(
    CoreMonitor,
    {
      identity: Identity,
      ledger: Ledger,
      hostTransactions: HostTransactions,
      reads: JobReads,
      schedules: ScheduleStore,
      peers: Peers,
      holds: Holds,
      registry: TypeRegistry,
      writes: WriteQueue,
      held: HeldJobs,
      rescue: Rescue,
      storage: WriteHealth,
      about: AboutHere,
      slots: Slots,
      hub: Hub,
      clock: Clock,
    },
    ({ slots, hub, registry, ...needs }) =>
      new CoreMonitor({
        ...needs,
        isActive: (plugin) => slots.isOn(plugin),
        freeSince: (type) => registry.freeSince(type),
        clients: () => hub.size,
      }),
  ),
  service(JobLogs, { ledger: Ledger, clock: Clock }, ({ ledger, clock }) => new OldLogs(ledger, clock)),
  service(
    PluginHost,
    {
      slots: Slots,
      options: PluginOptions,
      registry: TypeRegistry,
      hooks: Hooks,
      schedules: Schedules,
      reads: JobReads,
      holds: Holds,
      removal: Removal,
      worker: Worker,
      peers: Peers,
      jobs: JobsOf,
      ledger: Ledger,
      databases: PluginDatabases,
      joiners: Joiners,
      logs: JobLogs,
      monitor: CoreMonitor,
      wakeup: Wakeup,
      clock: Clock,
      log: Log,
    },
    ({ options, logs, monitor, wakeup, ...needs }) => {
      const plugins = createPluginHost({
        ...options,
        ...needs,
        container: createContainer(),
        lent: [...options.lent, lend(JobLogs, logs), lend(Monitor, monitor)],
      });
      wakeup.news.on((news) => {
        // Do not await: a plugin that is disabled first lets its jobs finish.
        if (news.has('plugins')) void plugins.follow().catch((error: unknown) => wakeup.failed(error));
      });
      return plugins;
    },
  ),
  service(
    Application,
    {
      registry: TypeRegistry,
      hooks: Hooks,
      schedules: Schedules,
      jobs: JobsOf,
      dialect: Dialect,
      clock: Clock,
      log: Log,
    },
    ({ jobs, dialect, ...needs }) => createApplication({ ...needs, jobs: jobs(null), inside: dialect.inside }),
  ),

  // What callers may do. Plugins may need these services, too.
  service(
    ThisProcess,
    { dialect: Dialect, identity: Identity, settings: Settings, storage: WriteHealth, slots: Slots },
    (needs) => new ThisProcess(needs),
  ),
  service(Turns, { clock: Clock }, ({ clock }) => new Turns(clock)),
  service(Shown, { registry: TypeRegistry, turns: Turns }, (needs) => new Shown(needs)),
  service(Adding, { registry: TypeRegistry, queue: Queue, plugins: PluginHost }, (needs) => new Adding(needs)),
  service(
    Audit,
    { store: LogStore, dialect: Dialect, log: Log },
    ({ dialect, ...needs }) => new Audit({ ...needs, inside: dialect.inside }),
  ),
  service(
    GuardedJobs,
    { all: AllJobs, jobs: JobsOf, registry: TypeRegistry, adding: Adding, shown: Shown, audit: Audit },
    ({ jobs, ...needs }) => new GuardedJobs({ ...needs, own: jobs(null) }),
  ),
  service(GuardedTypes, { registry: TypeRegistry, holds: Holds, adding: Adding }, (needs) => new GuardedTypes(needs)),
  service(
    GuardedSchedules,
    {
      all: ScheduleAdministration,
      application: Application,
      adding: Adding,
      shown: Shown,
      audit: Audit,
      settings: Settings,
      clock: Clock,
    },
    ({ application, settings, clock, ...needs }) =>
      new GuardedSchedules({
        ...needs,
        save: (schedule) => application.functions.scheduleJob(schedule),
        checkTimes: (schedule, timezone) => checkTimes(schedule, timezone, clock.now(), settings.scheduler.minInterval),
      }),
  ),
  service(
    GuardedPauses,
    { all: Pauses, registry: TypeRegistry, adding: Adding, audit: Audit },
    (needs) => new GuardedPauses(needs),
  ),
  service(GuardedPlugins, { all: PluginHost, shown: Shown, audit: Audit }, (needs) => new GuardedPlugins(needs)),
  service(
    GuardedNodes,
    { peers: Peers, storage: WriteHealth, jobs: JobsOf, here: ThisProcess, clock: Clock },
    ({ jobs, ...needs }) => new GuardedNodes({ ...needs, own: jobs(null) }),
  ),
  service(
    Access,
    {
      jobs: GuardedJobs,
      types: GuardedTypes,
      schedules: GuardedSchedules,
      pauses: GuardedPauses,
      plugins: GuardedPlugins,
      nodes: GuardedNodes,
      audit: Audit,
      host: PluginHost,
    },
    ({ host, ...access }) => {
      for (const lent of lentServices(access)) host.lend(lent);
      return access;
    },
  ),
];
