// For our own packages `phraseworks-jobs` and `@phraseworks/testing`: the store, the queue and the plugins, as a command opens them. Not for plugins or sites: any
// release may change it.

export { type Core, createCore } from '../core.ts';
export { checkShorthands, withDefaults } from '../defaults.ts';
export type { JobRecord } from '../job/record.ts';
export { checkAll, resolveSettings, type Settings } from '../kernel/config.ts';
export { given } from '../kernel/container.ts';
export type { OwnedCommand } from '../plugins/commands.ts';
export { fits, pluginOf, readDefinition } from '../plugins/definition.ts';
export { type PluginEntries, readEntries } from '../plugins/entries.ts';
export { Hooks } from '../plugins/hooks.ts';
export { CoreMonitor } from '../plugins/monitor.ts';
export { PluginOptions } from '../plugins/options.ts';
export { PluginHost } from '../plugins/plugin-host.ts';
export { findPlugin } from '../plugins/resolve.ts';
export { readServices, Services as PluginServices } from '../plugins/services.ts';
export { Slots } from '../plugins/slot.ts';
export { actOnAll } from '../queue/bulk.ts';
export { attemptsOf, historyOf } from '../queue/history.ts';
export { isWorker, type Peers } from '../queue/presence.ts';
export { BULK_TYPE, type TypeRegistry } from '../queue/registry.ts';
export { Schedules as AllSchedules, scheduleErrors, scheduleNotFound } from '../scheduler/schedules.ts';
export { composeSite } from '../services.ts';
export { toJob } from '../store/codec.ts';
export { type ColumnFact, type Dialect, type EngineFacts, OutcomeUnknown } from '../store/dialect.ts';
export { idsLike } from '../store/job-reads.ts';
export { LogStore } from '../store/log-store.ts';
export { instanceOf, OWN_KEYS, tryToWrite } from '../store/meta.ts';
export { migrate, migrateScope, openSteps } from '../store/migrate.ts';
export { type SeenNode, seenNodes } from '../store/node-store.ts';
export { OldLogs } from '../store/old-logs.ts';
export { connect, openDatabase, readUrl, URL_FORMS } from '../store/open.ts';
export { PluginStore, tablePrefix } from '../store/plugin-store.ts';
export { ScheduleStore } from '../store/schedule-store.ts';
export type { Database } from '../store/schema.ts';
export { sharedClock } from '../store/server-clock.ts';
export type { Tx } from '../store/tx.ts';
