// The tables of plugins, found by running each plugin's own migrations in an empty database.
import { type Clock, messageOf, type Random } from '@phraseworks/jobs/internals/base';
import { type Dialect, migrateScope, openDatabase } from '@phraseworks/jobs/internals/core';
import type { Migration } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { describeTable, isMovable, type Table } from './tables.ts';

export type Steps = Readonly<Record<string, Migration>>;

/** The migrations of a plugin. Throws with the reason if its code is missing. */
export type StepsOf = (plugin: string) => Promise<Steps>;

/** What a move copies of one plugin. */
export interface PluginPart {
  plugin: string;
  /** Those that have run on the source. */
  steps: Steps;
  tables: Table[];
}

export interface LeftBehind {
  plugin: string;
  why: string;
}

const SCOPE = 'plugin:';
/** JavaScript changes larger whole numbers. */
const LARGEST = Number.MAX_SAFE_INTEGER;

/** The recorded steps of each plugin, by its name. */
async function pluginsOf({ reader }: Dialect): Promise<Map<string, string[]>> {
  const rows = await reader
    .selectFrom('pwj_migrations')
    .select(['scope', 'name'])
    .where('scope', 'like', `${SCOPE}%`)
    .orderBy('scope')
    .orderBy('name')
    .execute();
  const found = new Map<string, string[]>();
  for (const { scope, name } of rows) {
    const plugin = scope.slice(SCOPE.length);
    found.set(plugin, [...(found.get(plugin) ?? []), name]);
  }
  return found;
}

export async function pluginParts(
  source: Dialect,
  stepsOf: StepsOf,
  context: { clock: Clock; random: Random },
): Promise<{ parts: PluginPart[]; left: LeftBehind[] }> {
  const parts: PluginPart[] = [];
  const left: LeftBehind[] = [];
  for (const [plugin, recorded] of await pluginsOf(source)) {
    try {
      const steps = only(await stepsOf(plugin), recorded);
      parts.push({ plugin, steps, tables: await tablesIn(source, await namesOf(steps, context)) });
    } catch (error) {
      left.push({ plugin, why: messageOf(error) });
    }
  }
  return { parts, left };
}

function only(steps: Steps, recorded: readonly string[]): Steps {
  const kept = recorded.map((name) => [name, steps[name]] as const);
  const unknown = kept.find(([, step]) => step === undefined);
  if (unknown) throw new Error(`its code does not have the step ${unknown[0]} that ran here: install a newer version`);
  return Object.fromEntries(kept) as Steps;
}

/** The tables that the steps create, in that order, so that a table comes after those it references. */
async function namesOf(steps: Steps, { clock, random }: { clock: Clock; random: Random }): Promise<string[]> {
  const empty = await openDatabase('sqlite::memory:', clock, random);
  const tables = async (): Promise<string[]> => {
    const names = sql<{ name: string }>`
      select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by rowid`;
    return (await names.execute(empty.db)).rows.map((row) => row.name);
  };
  try {
    const before = new Set(await tables());
    await run(empty, 'move', steps, clock.now());
    return (await tables()).filter((name) => !before.has(name));
  } finally {
    await empty.close();
  }
}

/** Throws with the table and the reason if one of them cannot be moved. */
async function tablesIn(side: Dialect, names: readonly string[]): Promise<Table[]> {
  const tables: Table[] = [];
  for (const name of names) {
    const table = await describeTable(side, name);
    if (table === undefined) throw new Error(`its table ${name} does not exist`);
    if (!isMovable(table)) throw new Error(`its table ${name} cannot be moved: ${table.why}`);
    await refuseLargeNumbers(side, table);
    tables.push(table);
  }
  return tables;
}

async function refuseLargeNumbers({ reader }: Dialect, table: Table): Promise<void> {
  const large = table.columns
    .filter(({ kind }) => kind === 'integer')
    .map(({ name }) => sql`${sql.ref(name)} > ${sql.lit(LARGEST)} or ${sql.ref(name)} < ${sql.lit(-LARGEST)}`);
  if (large.length === 0) return;
  const found = sql`select 1 as found from ${sql.table(table.name)} where ${sql.join(large, sql` or `)} limit 1`;
  if ((await found.execute(reader)).rows.length > 0)
    throw new Error(`its table ${table.name} holds whole numbers beyond ${LARGEST}, which JavaScript would change`);
}

/** Creates the plugin's tables in the target. Throws if they differ from those of the source. */
export async function makeTables(target: Dialect, part: PluginPart, now: number): Promise<void> {
  await run(target, part.plugin, part.steps, now);
  for (const table of part.tables) {
    const made = await describeTable(target, table.name);
    if (!isMovable(made) || shape(made) !== shape(table))
      throw new Error(`its table ${table.name} has other columns in the target than in the source`);
  }
}

function run(on: Dialect, plugin: string, steps: Steps, now: number): Promise<string[]> {
  const named = Object.entries(steps).map(
    ([name, step]) => [name, (db: Parameters<Migration['up']>[0]) => step.up(db)] as const,
  );
  return migrateScope(on, `${SCOPE}${plugin}`, Object.fromEntries(named), now);
}

const shape = ({ columns, key }: Table): string => JSON.stringify([columns, key]);
