// The plugins of the site, their settings and panels.
import type { Who } from '../access.ts';
import type { DisableOptions } from '../contract/requests.ts';
import type {
  OpenedPanel,
  PanelInfo,
  PluginSettings,
  PluginState,
  PluginStatus,
  Purged,
  RemovedPlugin,
} from '../contract/site.ts';
import { token } from '../token.ts';

/**
 * A service of the core: `needs: { plugins: Plugins }`. The list and the panels need `view`, everything else `administer`. Methods with a
 * name throw `PLUGIN_NOT_FOUND`.
 */
export interface Plugins {
  /** Tells callers with `where` the same. */
  list(who: Who): Promise<PluginStatus[]>;
  /** Those that no running process has in its configuration, and what they left in the database. */
  removed(who: Who): Promise<RemovedPlugin[]>;
  /** Starts it; it stays enabled across restarts. */
  enable(who: Who, name: string): Promise<PluginState>;
  /** Its waiting jobs are parked. */
  disable(who: Who, name: string, options?: DisableOptions): Promise<PluginState>;
  /** Its settings, and their JSON Schema, also of a disabled plugin. */
  settings(who: Who, name: string): Promise<PluginSettings>;
  /**
   * Checks the settings, restarts the plugin with them, then stores them. Throws `INVALID_DATA` with all wrong keys, or with the reason if a
   * plugin that is on does not start with them: the previous settings then stay in use.
   */
  configure(who: Who, name: string, config: unknown): Promise<PluginState>;
  /** Deletes its tables, jobs, schedules and settings for good. Throws `INVALID_STATE` unless it is off in every process. */
  purge(who: Who, name: string): Promise<Purged>;
  /** Where running plugins have pages, below the mount point; `/`: at it. */
  pages(who: Who): Promise<string[]>;
  /** Those of running plugins. A panel may quote any job, so there are none for a caller with `where`. */
  panels(who: Who): Promise<PanelInfo[]>;
  /** `page`: of its table, from 1. Throws `NOT_FOUND`. */
  panel(who: Who, plugin: string, id: string, page?: number): Promise<OpenedPanel>;
}
export const Plugins = token<Plugins>('core/plugins');
