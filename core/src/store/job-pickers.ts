// Which jobs a pass takes, and what waits in which lane.
import type { ParkReason } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import type { StoredState } from '../job/lifecycle.ts';
import type { Database } from './schema.ts';
import { movable, PASS, type Picker } from './transition.ts';
import type { Tx } from './tx.ts';

/** Jobs in `state` of a plugin. */
export const ofPlugin =
  (plugin: string, states: readonly StoredState[]): Picker =>
  (db) =>
    movable(db).where('state', 'in', states).where('plugin', '=', plugin).execute();

/** Jobs of a type that are parked for one of these reasons. */
export const parkedOfType =
  (type: string, reasons: readonly ParkReason[]): Picker =>
  (db) =>
    movable(db).where('state', '=', 'parked').where('type', '=', type).where('reason', 'in', reasons).execute();

/** Ready jobs of a type. */
export const readyOfType =
  (type: string): Picker =>
  (db) =>
    movable(db).where('state', '=', 'ready').where('type', '=', type).execute();

export const inLane =
  (lane: string, type: string): Picker =>
  (db) =>
    movable(db).where('state', '=', 'ready').where('lane', '=', lane).where('type', '=', type).execute();

/** The lanes in which jobs are ready; each costs one step in the claim index. */
export async function readyLanes(db: Kysely<Database>): Promise<string[]> {
  const lanes: string[] = [];
  let last = '';
  for (;;) {
    const row = await db
      .selectFrom('pwj_jobs')
      .select((e) => e.fn.min('lane').as('lane'))
      .where('state', '=', 'ready')
      .where('lane', '>', last)
      .executeTakeFirst();
    if (!row?.lane) return lanes;
    lanes.push(row.lane);
    last = row.lane;
  }
}

/** The types of the first jobs of a lane, one pass of them. */
export async function typesInLane(db: Kysely<Database>, lane: string): Promise<string[]> {
  const rows = await db
    .selectFrom('pwj_jobs')
    .select('type')
    .where('state', '=', 'ready')
    .where('lane', '=', lane)
    .limit(PASS)
    .execute();
  return [...new Set(rows.map((row) => row.type))];
}

/** Moves waiting jobs to the lane of their type, without a change of state; answers how many, at most one pass. */
export async function relane(tx: Tx, lane: string, type: string, to: string): Promise<number> {
  const waiting = tx.db
    .selectFrom('pwj_jobs')
    .select('id')
    .where('state', '=', 'ready')
    .where('lane', '=', lane)
    .where('type', '=', type)
    .limit(PASS);
  const ids = (await tx.locked(waiting).execute()).map(({ id }) => id);
  if (ids.length > 0) await tx.db.updateTable('pwj_jobs').set({ lane: to }).where('id', 'in', ids).execute();
  return ids.length;
}
