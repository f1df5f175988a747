// For our own packages `phraseworks-jobs` and `@phraseworks/testing`: the store, the queue and the plugins, as a command opens them. Not for plugins or sites: any
// release may change it.

export { type Core, createCore } from '../core.ts';
export type { JobRecord } from '../job/record.ts';
export { checkAll, resolveSettings, type Settings } from '../kernel/config.ts';
export { createContainer } from '../kernel/container.ts';
export type { OwnedCommand } from '../plugins/commands.ts';
export { createPluginHost } from '../plugins/create-plugin-host.ts';
export { fits, pluginOf, readDefinition } from '../plugins/definition.ts';
export { type PluginEntries, readEntries } from '../plugins/entries.ts';
export { Hooks } from '../plugins/hooks.ts';
export { CoreMonitor } from '../plugins/monitor.ts';
export type { PluginHost } from '../plugins/plugin-host.ts';
export type { ParkingPort, SchedulesPort } from '../plugins/ports.ts';
export { findPlugin } from '../plugins/resolve.ts';
export { readServices } from '../plugins/services.ts';
export { Slots } from '../plugins/slot.ts';
export { actOnAll, BULK_TYPE } from '../queue/bulk.ts';
export { attemptsOf, historyOf } from '../queue/history.ts';
export { ownedJobs } from '../queue/jobs-of.ts';
export { PauseControl } from '../queue/pauses.ts';
export type { Peers } from '../queue/presence.ts';
export type { TypeRegistry } from '../queue/registry.ts';
export { situationOf, whyNot } from '../queue/why.ts';
export { ScheduleAdministration } from '../scheduler/administration.ts';
export { readDeclaration } from '../scheduler/declaration.ts';
export { scheduleErrors, scheduleNotFound } from '../scheduler/schedules.ts';
export { createStorage } from '../storage/storage.ts';
export { toJob } from '../store/codec.ts';
export {
  type ColumnFact,
  type Dialect,
  type EngineFacts,
  type FileSize,
  OutcomeUnknown,
} from '../store/dialect.ts';
export type { StoredEvent } from '../store/event-codec.ts';
export { idsLike } from '../store/job-reads.ts';
export { LogStore } from '../store/log-store.ts';
export { INSTANCE_KEY, instanceOf } from '../store/meta.ts';
export { migrate, migrateScope, openSteps, stepsRun } from '../store/migrate.ts';
export { type SeenNode, seenNodes } from '../store/node-store.ts';
export { OldLogs } from '../store/old-logs.ts';
export { connect, openDatabase, readUrl, URL_FORMS } from '../store/open.ts';
export { PluginStore, tablePrefix } from '../store/plugin-store.ts';
export { tryRights } from '../store/rights.ts';
export { ScheduleStore } from '../store/schedule-store.ts';
export type { Database } from '../store/schema.ts';
export { searchWords } from '../store/search-words.ts';
export { sharedClock } from '../store/server-clock.ts';
export { linkOf, SignIn } from '../store/sign-in-store.ts';
export type { Tx } from '../store/tx.ts';
