// What a move would do, found by reading both sides; refuses what would mix or lose jobs.
import { JobsError } from '@phraseworks/sdk';
import type { Clock, Random } from '../../kernel/clock.ts';
import type { Dialect, EngineFacts } from '../dialect.ts';
import { instanceOf } from '../meta.ts';
import { IN_USE, keptOf, TAKEN } from './core-tables.ts';
import { refuseLiveNodes, type Watch } from './nodes.ts';
import { type LeftBehind, type PluginPart, pluginParts, type StepsOf } from './plugin-tables.ts';
import { type MoveRecord, readMovedTo, readRecord } from './record.ts';
import { count, placeOf } from './rows.ts';
import { describeTable, isMovable, type Table } from './table.ts';

export interface Around {
  clock: Clock;
  random: Random;
  watch: Watch;
}

export interface PlannedTable {
  table: Table;
  /** Null: of the core. */
  plugin: string | null;
  rows: number;
}

export interface MovePlan {
  /** The name that the source has for itself. */
  from: string;
  source: EngineFacts;
  /** Null while the target is not there yet. */
  target: EngineFacts | null;
  tables: PlannedTable[];
  plugins: PluginPart[];
  /** Plugins whose tables would stay where they are. */
  left: LeftBehind[];
  /** Of an earlier run that did not end. */
  record: MoveRecord | undefined;
}

const refused = (message: string): JobsError => new JobsError('INVALID_STATE', message);

/** Reads only. Throws `INVALID_STATE` with what to do when the move must not be made. */
export async function planMove(
  source: Dialect,
  target: Dialect | null,
  stepsOf: StepsOf,
  around: Around,
): Promise<MovePlan> {
  await refuseLiveNodes(source, 'source', around.watch);
  const { tables, plugins, left } = await tablesOf(source, stepsOf, around);
  const from = await instanceOf(source.reader);
  if (from === undefined)
    throw refused('The source is of an older version: bring it up to date first (phraseworks-jobs migrate).');
  const record = target ? await checkTarget(from, target, plugins, around) : undefined;
  if (!record) await refuseMovedSource(source);
  return { from, source: source.facts(), target: target?.facts() ?? null, tables, plugins, left, record };
}

/** What there is to move: the core's tables, then those of the plugins whose code can be had. */
export async function tablesOf(
  source: Dialect,
  stepsOf: StepsOf,
  around: Around,
): Promise<Pick<MovePlan, 'tables' | 'plugins' | 'left'>> {
  const { parts, left } = await pluginParts(source, stepsOf, around);
  const tables: PlannedTable[] = [];
  for (const name of TAKEN) {
    const table = await describeTable(source, name, keptOf(name));
    if (!isMovable(table)) throw refused(`The table ${name} of the source cannot be read: was it changed by hand?`);
    tables.push({ table, plugin: null, rows: await count(placeOf(source), table) });
  }
  for (const part of parts) {
    for (const table of part.tables)
      tables.push({ table, plugin: part.plugin, rows: await count(placeOf(source), table) });
  }
  return { tables, plugins: parts, left };
}

async function refuseMovedSource(source: Dialect): Promise<void> {
  const moved = await readMovedTo(source.reader);
  if (moved)
    throw refused(`The source was moved to ${moved.to} already. To take that back: phraseworks-jobs move --undo`);
  const own = await readRecord(source.reader);
  if (own?.state === 'copying')
    throw refused(`A move from ${own.source} into the source is not finished: end that one first.`);
  if (own?.state === 'undone')
    throw refused(`The source is what is left of a move from ${own.source} that was taken back: move from there.`);
}

/** The record of the same move, when there is one. */
async function checkTarget(
  from: string,
  target: Dialect,
  parts: readonly PluginPart[],
  { watch }: Around,
): Promise<MoveRecord | undefined> {
  // A plan looks at a database as it is: empty, for one.
  if ((await describeTable(target, 'pwj_meta')) === undefined) return undefined;
  await refuseLiveNodes(target, 'target', watch);
  if ((await instanceOf(target.reader)) === from)
    throw refused('Both sides are the same database: name another one, or a new file in place of a copy of this one.');
  if (await readMovedTo(target.reader))
    throw refused('The target is a database that was moved away: name an empty one.');
  const record = await readRecord(target.reader);
  if (record?.from === from) {
    if (record.state === 'done') throw refused('This move was made already, and the target is in use since.');
    return record;
  }
  if (record) throw refused('The target holds another move: name an empty database.');
  const names = [...IN_USE, ...parts.flatMap((part) => part.tables.map((table) => table.name))];
  for (const name of names) {
    const table = await describeTable(target, name);
    if (isMovable(table) && (await count(placeOf(target), table)) > 0)
      throw refused(`The target is in use: its table ${name} has rows that are not from this move. Name an empty one.`);
  }
  const made = await target.reader
    .selectFrom('pwj_schedules')
    .select('key')
    .where('declared', '=', 0)
    .limit(1)
    .execute();
  if (made.length > 0) throw refused('The target is in use: it has schedules of its own. Name an empty database.');
  return undefined;
}
