// The tables of plugins: which ones there are is learned by running the plugin's own steps in an empty database.
import type { Migration } from 'kysely';
import type { Clock, Random } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Dialect } from '../dialect.ts';
import { migrateScope } from '../migrate.ts';
import { openDatabase } from '../open.ts';
import { ask, describeTable, isMovable, type Table } from './table.ts';

export type Steps = Readonly<Record<string, Migration>>;

/** The migrations of a plugin. Throws, in words for people, when its code cannot be had. */
export type StepsOf = (plugin: string) => Promise<Steps>;

/** The part of one plugin in a move. */
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
/** Whole numbers beyond it do not pass through JavaScript unchanged. */
const LARGEST = Number.MAX_SAFE_INTEGER;

/** Plugins that have steps recorded, by name. */
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
  around: { clock: Clock; random: Random },
): Promise<{ parts: PluginPart[]; left: LeftBehind[] }> {
  const parts: PluginPart[] = [];
  const left: LeftBehind[] = [];
  for (const [plugin, recorded] of await pluginsOf(source)) {
    try {
      const steps = only(await stepsOf(plugin), recorded);
      parts.push({ plugin, steps, tables: await tablesIn(source, await namesOf(steps, around)) });
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

/** The tables that the steps leave behind, in the order in which they are made: a table comes after those that it references. */
async function namesOf(steps: Steps, { clock, random }: { clock: Clock; random: Random }): Promise<string[]> {
  const empty = await openDatabase('sqlite::memory:', clock, random);
  const tables = async (): Promise<string[]> => {
    const rows = await ask<{ name: string }>(
      empty.db,
      "select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by rowid",
    );
    return rows.map((row) => row.name);
  };
  try {
    const before = new Set(await tables());
    await run(empty, 'move', steps, clock.now());
    return (await tables()).filter((name) => !before.has(name));
  } finally {
    await empty.close();
  }
}

/** Throws with the table and the reason when one of them cannot be moved. */
async function tablesIn(side: Dialect, names: readonly string[]): Promise<Table[]> {
  const tables: Table[] = [];
  for (const name of names) {
    const table = await describeTable(side, name);
    if (table === undefined) throw new Error(`its table ${name} is not there`);
    if (!isMovable(table)) throw new Error(`its table ${name} cannot be moved: ${table.why}`);
    await refuseLargeNumbers(side, table);
    tables.push(table);
  }
  return tables;
}

async function refuseLargeNumbers({ tables: { quote }, reader }: Dialect, table: Table): Promise<void> {
  const large = table.columns
    .filter(({ kind }) => kind === 'integer')
    .map(({ name }) => `${quote(name)} > ${LARGEST} or ${quote(name)} < -${LARGEST}`);
  if (large.length === 0) return;
  const found = await ask(reader, `select 1 as found from ${quote(table.name)} where ${large.join(' or ')} limit 1`);
  if (found.length > 0)
    throw new Error(`its table ${table.name} holds whole numbers beyond ${LARGEST}, which would be bent on their way`);
}

/** Makes the plugin's tables in the target. Throws when they come out otherwise than in the source. */
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
