// For our own packages `@phraseworks/cli` and `@phraseworks/testing`: the parts of the core that a command asks directly. Not for plugins or sites: any
// release may change it.

export { SiteItself } from '../access/actor.ts';
export type { Core } from '../core.ts';
export { checkOptions } from '../create-jobs.ts';
export { withDefaults } from '../defaults.ts';
export type { Settings } from '../kernel/config.ts';
export { pluginOf, readDefinition } from '../plugins/definition.ts';
export { readEntries } from '../plugins/entries.ts';
export { findPlugin } from '../plugins/resolve.ts';
export { isWorker } from '../queue/presence.ts';
export { scheduleErrors, scheduleNotFound } from '../scheduler/schedules.ts';
export type { Dialect } from '../store/dialect.ts';
export { instanceOf, OWN_KEYS, tryToWrite } from '../store/meta.ts';
export { migrate, migrateScope, openSteps } from '../store/migrate.ts';
export { NodeStore, type SeenNode } from '../store/node-store.ts';
export { connect, openDatabase, readUrl, URL_FORMS } from '../store/open.ts';
export { PluginStore, tablePrefix } from '../store/plugin-store.ts';
export type { Database } from '../store/schema.ts';
