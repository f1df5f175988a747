// Data about plugins: an administrator's settings, the owner of each type, and each plugin's own tables.
import type { Migration } from '@phraseworks/sdk';
import type { RememberedOptions } from '../job/record.ts';
import { Needing } from '../kernel/container.ts';
import { raiseHolds } from './holds.ts';
import { Ledger } from './ledger.ts';
import { migrateScope, stepsDone } from './migrate.ts';
import { insertRow } from './schema.ts';

export interface StoredPlugin {
  name: string;
  /** Null: as configured. */
  enabled: boolean | null;
  /** Undefined: nothing is stored. */
  config: unknown;
}

type Steps = Readonly<Record<string, Migration>>;

const SCOPE = 'plugin:';
const scopeOf = (plugin: string): string => `${SCOPE}${plugin}`;

/** How the names of a plugin's tables begin: `pwj_site_map_` for `site-map`. */
export const tablePrefix = (plugin: string): string => `pwj_${plugin.replaceAll('-', '_').toLowerCase()}_`;

export class PluginStore extends Needing<typeof PluginStore.needs> {
  static readonly needs = { ledger: Ledger };

  async all(): Promise<StoredPlugin[]> {
    const rows = await this.needs.ledger.dialect.reader
      .selectFrom('pwj_plugins')
      .select(['name', 'enabled', 'config'])
      .execute();
    return rows.map(({ name, enabled, config }) => ({
      name,
      enabled: enabled === null ? null : enabled === 1,
      config: config === null ? undefined : (JSON.parse(config) as unknown),
    }));
  }

  async setEnabled(name: string, enabled: boolean): Promise<void> {
    await this.#set(name, { enabled: enabled ? 1 : 0 });
  }

  async setConfig(name: string, config: unknown): Promise<void> {
    await this.#set(name, { config: config === undefined ? null : JSON.stringify(config) });
  }

  /** Every type that was ever registered; plugin null: by the application. */
  async types(): Promise<{ type: string; plugin: string | null; options: RememberedOptions }[]> {
    const rows = await this.needs.ledger.dialect.reader
      .selectFrom('pwj_types')
      .select(['type', 'plugin', 'options'])
      .execute();
    return rows.map(({ type, plugin, options }) => ({
      type,
      plugin: plugin || null,
      options: JSON.parse(options) as RememberedOptions,
    }));
  }

  /** Assigns these types to a plugin, or to the application, with their registered options. Writes only what changed. */
  async saveTypes(owner: string | null, types: ReadonlyMap<string, RememberedOptions>): Promise<void> {
    if (types.size === 0) return;
    const plugin = owner ?? '';
    await this.needs.ledger.dialect.transaction(async ({ db }) => {
      const names = [...types.keys()];
      const rows = await db.selectFrom('pwj_types').selectAll().where('type', 'in', names).execute();
      const known = new Map(rows.map((row) => [row.type, row]));
      for (const [type, remembered] of types) {
        const options = JSON.stringify(remembered);
        const row = known.get(type);
        if (row?.plugin === plugin && row.options === options) continue;
        await insertRow(db, 'pwj_types', { type, plugin, options })
          .onConflict((c) => c.column('type').doUpdateSet({ plugin, options }))
          .execute();
      }
    });
  }

  /** Every plugin that has something here beyond being switched on or off: a config, types, tables or schedules. */
  async names(): Promise<string[]> {
    const { reader } = this.needs.ledger.dialect;
    const found = await reader
      .selectFrom('pwj_plugins')
      .select('name')
      .where('config', 'is not', null)
      .union(reader.selectFrom('pwj_types').select('plugin as name').where('plugin', '!=', ''))
      .union(
        reader
          .selectFrom('pwj_schedules')
          .select('plugin as name')
          .where('plugin', 'is not', null)
          .$narrowType<{ name: string }>(),
      )
      .union(reader.selectFrom('pwj_migrations').select('scope as name').where('scope', 'like', `${SCOPE}%`))
      .execute();
    const names = found.map(({ name }) => (name.startsWith(SCOPE) ? name.slice(SCOPE.length) : name));
    return [...new Set(names)].sort();
  }

  /** The tables of each plugin, by their prefix; a table that fits two belongs to the longer name. */
  async tables(plugins: readonly string[]): Promise<Map<string, string[]>> {
    const owners = [...plugins].sort((a, b) => b.length - a.length);
    const found = new Map<string, string[]>();
    for (const name of await this.needs.ledger.dialect.types.tables(this.needs.ledger.dialect.db)) {
      const owner = owners.find((plugin) => name.startsWith(tablePrefix(plugin)));
      if (owner !== undefined) found.set(owner, [...(found.get(owner) ?? []), name]);
    }
    return found;
  }

  /** Drops tables that may refer to each other, in any order that works. */
  async dropTables(tables: readonly string[]): Promise<void> {
    if (tables.length === 0) return;
    await this.needs.ledger.dialect.migrating(async (db) => {
      let left = tables;
      while (left.length > 0) {
        const refused: { table: string; error: unknown }[] = [];
        for (const table of left)
          await db.schema
            .dropTable(table)
            .ifExists()
            .execute()
            .catch((error: unknown) => refused.push({ table, error }));
        if (refused.length === left.length) throw refused[0]?.error;
        left = refused.map(({ table }) => table);
      }
    });
  }

  /** Runs the plugin's pending steps; returns their names. */
  async migrateUp(plugin: string, steps: Steps, now: number): Promise<string[]> {
    const run = Object.entries(steps).map(
      ([name, step]) => [name, (db: Parameters<Migration['up']>[0]) => step.up(db)] as const,
    );
    return migrateScope(this.needs.ledger.dialect, scopeOf(plugin), Object.fromEntries(run), now);
  }

  /** The completed steps, in order. */
  migrated(plugin: string): Promise<string[]> {
    return stepsDone(this.needs.ledger.dialect, this.needs.ledger.dialect.reader, scopeOf(plugin));
  }

  /** Reverts the steps, last one first, in one transaction. */
  async migrateDown(plugin: string, steps: Steps): Promise<void> {
    const done = await this.migrated(plugin);
    if (done.length === 0) return;
    await this.needs.ledger.dialect.migrating(async (db) => {
      for (const name of done.reverse()) {
        await steps[name]?.down?.(db);
        await db.deleteFrom('pwj_migrations').where('scope', '=', scopeOf(plugin)).where('name', '=', name).execute();
      }
    });
  }

  /** Deletes the settings and types of a plugin; `keepOff`: it stays off although the configuration has it on. */
  async forget(plugin: string, keepOff: boolean): Promise<void> {
    await this.needs.ledger.transact(async (tx, changes) => {
      const { db } = tx;
      await raiseHolds(tx);
      changes.announce('plugins');
      await db.deleteFrom('pwj_plugins').where('name', '=', plugin).execute();
      await db.deleteFrom('pwj_types').where('plugin', '=', plugin).execute();
      if (!keepOff) return;
      await db.insertInto('pwj_plugins').values({ name: plugin, enabled: 0, config: null }).execute();
    });
  }

  async #set(name: string, values: { enabled?: number; config?: string | null }): Promise<void> {
    await this.needs.ledger.transact(async (tx, changes) => {
      await raiseHolds(tx);
      changes.announce('plugins');
      await insertRow(tx.db, 'pwj_plugins', { name, enabled: null, config: null, ...values })
        .onConflict((c) => c.column('name').doUpdateSet(values))
        .execute();
    });
  }
}
