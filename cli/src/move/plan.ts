// What a move would do, found by reading both sides. Refuses what would mix or lose jobs.
import { type Clock, type Identity, isDead, type Random } from '@phraseworks/jobs/internals/base';
import {
  type Database,
  type Dialect,
  type EngineFacts,
  instanceOf,
  OWN_KEYS,
  readMovedTo,
  seenNodes,
} from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import { type MoveRecord, readRecord } from './copy.ts';
import { type LeftBehind, type PluginPart, pluginParts, type StepsOf } from './plugin-tables.ts';
import { count } from './rows.ts';
import { describeTable, isMovable, type Table } from './tables.ts';

/** The tables of the core that a move copies. */
export const COPIED = [
  'pwj_jobs',
  'pwj_attempts',
  'pwj_logs',
  'pwj_history',
  'pwj_receipts',
  'pwj_events',
  'pwj_counts',
  'pwj_totals',
  'pwj_minutes',
  'pwj_pauses',
  'pwj_log',
  'pwj_schedules',
  'pwj_ticks',
  'pwj_types',
  'pwj_plugins',
  'pwj_uploads',
  'pwj_meta',
] as const satisfies readonly (keyof Database)[];

/** The tables of the core that it does not copy: processes and migrations belong to their database. */
export const NOT_COPIED = ['pwj_nodes', 'pwj_migrations'] as const satisfies readonly (keyof Database)[];

/** A target with rows in one of these is in use; rows of the other tables only mean that a site was started there. */
const IN_USE = [
  'pwj_jobs',
  'pwj_attempts',
  'pwj_logs',
  'pwj_history',
  'pwj_plugins',
  'pwj_uploads',
  'pwj_pauses',
  'pwj_log',
] as const;

/** Keys of rows that each database keeps for itself. */
export const keptOf = (table: string): readonly string[] => (table === 'pwj_meta' ? Object.values(OWN_KEYS) : []);

export interface MoveContext {
  clock: Clock;
  random: Random;
  watch: Watch;
}

export interface PlannedTable {
  table: Table;
  /** Null: the core. */
  plugin: string | null;
  rows: number;
}

export interface MovePlan {
  /** The name of the source, created with its tables. */
  from: string;
  source: EngineFacts;
  /** Null while the target does not exist. */
  target: EngineFacts | null;
  tables: PlannedTable[];
  plugins: PluginPart[];
  /** Plugins whose tables cannot be moved. */
  left: LeftBehind[];
  /** Of an earlier run that did not finish. */
  record: MoveRecord | undefined;
}

const refused = (message: string): JobsError => new JobsError('INVALID_STATE', message);

/** Read-only. Throws `INVALID_STATE` with what to do if the move is not allowed. */
export async function planMove(
  source: Dialect,
  target: Dialect | null,
  stepsOf: StepsOf,
  context: MoveContext,
): Promise<MovePlan> {
  await refuseLiveNodes(source, 'source', context.watch);
  const { tables, plugins, left } = await tablesOf(source, stepsOf, context);
  const from = await instanceOf(source.reader);
  if (from === undefined)
    throw refused('The source was made by an older version: run phraseworks-jobs migrate on it first.');
  const record = target ? await checkTarget(from, target, plugins, context) : undefined;
  if (!record) await refuseMovedSource(source);
  return { from, source: source.facts(), target: target?.facts() ?? null, tables, plugins, left, record };
}

/** What can be moved: the core's tables, then those of the plugins whose code is installed. */
export async function tablesOf(
  source: Dialect,
  stepsOf: StepsOf,
  context: MoveContext,
): Promise<Pick<MovePlan, 'tables' | 'plugins' | 'left'>> {
  const { parts, left } = await pluginParts(source, stepsOf, context);
  const tables: PlannedTable[] = [];
  for (const name of COPIED) {
    const table = await describeTable(source, name, keptOf(name));
    if (!isMovable(table)) throw refused(`The table ${name} of the source cannot be read: was it changed by hand?`);
    tables.push({ table, plugin: null, rows: await count(source.reader, table) });
  }
  for (const part of parts) {
    for (const table of part.tables)
      tables.push({ table, plugin: part.plugin, rows: await count(source.reader, table) });
  }
  return { tables, plugins: parts, left };
}

async function refuseMovedSource(source: Dialect): Promise<void> {
  const moved = await readMovedTo(source.reader);
  if (moved) throw refused(`The source was already moved to ${moved.to}. To undo that: phraseworks-jobs move --undo`);
  const own = await readRecord(source.reader);
  if (own?.state === 'copying')
    throw refused(`A move from ${own.source} into the source is not finished: finish that one first.`);
  if (own?.state === 'undone')
    throw refused(
      `The source is the target of a move from ${own.source} that was undone: move from ${own.source} instead.`,
    );
}

/** The record of an earlier run of this move, if there is one. */
async function checkTarget(
  from: string,
  target: Dialect,
  parts: readonly PluginPart[],
  { watch }: MoveContext,
): Promise<MoveRecord | undefined> {
  // The database may be empty: planning does not create tables.
  if ((await describeTable(target, 'pwj_meta')) === undefined) return undefined;
  await refuseLiveNodes(target, 'target', watch);
  if ((await instanceOf(target.reader)) === from)
    throw refused('Both sides are the same database: name another one. A copy of its file counts as the same.');
  if (await readMovedTo(target.reader))
    throw refused('The target is a database that was moved away: name an empty one.');
  const record = await readRecord(target.reader);
  if (record?.from === from) {
    if (record.state === 'done') throw refused('This move was already made, and the target has been in use since.');
    return record;
  }
  if (record) throw refused('The target holds another move: name an empty database.');
  const names = [...IN_USE, ...parts.flatMap((part) => part.tables.map((table) => table.name))];
  for (const name of names) {
    const table = await describeTable(target, name);
    if (isMovable(table) && (await count(target.reader, table)) > 0)
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

/** How to tell which processes are running. */
export interface Watch {
  /** This process, to recognise dead processes of the same machine. */
  self: Identity;
  /** A process without a heartbeat for this long is dead, in milliseconds. */
  leaseDuration: number;
  /** Milliseconds since 1970, for a database without a clock of its own. */
  now(): number;
}

/** Throws `INVALID_STATE` that names the processes on this side. `db`: inside a transaction of that side. */
export async function refuseLiveNodes(
  side: Pick<Dialect, 'reader' | 'serverTime'>,
  which: 'source' | 'target',
  watch: Watch,
  db: Kysely<Database> = side.reader,
): Promise<void> {
  // Heartbeats carry the server's time, whatever this machine's clock says.
  const nodes = await live(db, (await side.serverTime?.()) ?? watch.now(), watch);
  if (nodes.length === 0) return;
  const names = nodes.map(({ id, pid }) => `${id} (process ${pid})`).join(', ');
  const [works, them] = nodes.length === 1 ? ['A process works', 'it'] : [`${nodes.length} processes work`, 'them'];
  throw refused(
    `${works} on the ${which}: ${names}. Stop ${them}, or let running jobs end first with "phraseworks-jobs drain", then move. A process that was killed counts as gone after ${Math.ceil(watch.leaseDuration / 1_000)} s.`,
  );
}

/**
 * Processes with a fresh heartbeat, except those of this machine that are known to be dead. On this machine also those that are alive
 * without a heartbeat: a process that was only paused would continue on the old database.
 */
async function live(
  db: Kysely<Database>,
  now: number,
  { self, leaseDuration }: Watch,
): Promise<{ id: string; pid: number }[]> {
  const found: { id: string; pid: number }[] = [];
  for (const row of await seenNodes({ reader: db })) {
    const here =
      row.host === self.host && row.boot === self.boot && row.namespace === self.namespace && self.boot !== '';
    if (!here && row.heartbeatAt < now - leaseDuration) continue;
    if (!(await isDead(row, self))) found.push({ id: row.id, pid: row.pid });
  }
  return found;
}
