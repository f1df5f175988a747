// The move itself: copy, compare, then mark the source as moved. It can be killed at any point and run again, and undone while the target is unchanged.
import { messageOf } from '@phraseworks/jobs/internals/base';
import {
  type Dialect,
  instanceOf,
  newerSteps,
  OWN_KEYS,
  readMovedTo,
  writeMeta,
} from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { copyTable, Progress, readRecord } from './copy.ts';
import { type MoveContext, type MovePlan, type PlannedTable, refuseLiveNodes } from './plan.ts';
import { makeTables } from './plugin-tables.ts';
import { count } from './rows.ts';
import { isEqual, type Proof, verifyTable } from './verify.ts';

export interface Step {
  phase: 'copy' | 'verify';
  table: string;
  rows: number;
  of: number;
}

export interface MoveParts extends MoveContext {
  source: Dialect;
  target: Dialect;
  plan: MovePlan;
  /** Where both are, without passwords. */
  names: { source: string; target: string };
  report: (step: Step) => void;
}

export interface Moved {
  proofs: Proof[];
  /** Tables that changed since an earlier run and were copied again. */
  renewed: string[];
  /** True if both sides are equal and the source is marked. */
  complete: boolean;
  /** Rows that this run copied. */
  copied: number;
  /** Milliseconds. */
  took: { copy: number; verify: number };
}

/** Throws if a side cannot be read or written. A difference between the sides is part of the result. */
export async function move(parts: MoveParts): Promise<Moved> {
  const { source, target, plan, clock, names } = parts;
  await refuseOtherVersion(parts);
  const { record } = plan;
  const progress = new Progress(target, record);
  await progress.step({
    from: plan.from,
    source: names.source,
    state: 'copying',
    startedAt: record?.startedAt ?? clock.now(),
    runs: (record?.runs ?? 0) + 1,
    tables: record?.tables ?? {},
  });
  for (const part of plan.plugins) {
    await makeTables(target, part, clock.now()).catch((error: unknown) => {
      throw new JobsError('INVALID_STATE', `The plugin ${part.plugin} cannot be moved: ${messageOf(error)}`, {
        cause: error,
      });
    });
  }
  const already = rowsIn(progress);
  const copying = clock.now();
  for (const planned of plan.tables) await copyOne(parts, planned, progress);
  const copied = rowsIn(progress) - already;
  const verifying = clock.now();
  const took = () => ({ copy: verifying - copying, verify: clock.now() - verifying });
  const newest = await newestEvent(source);
  const proofs: Proof[] = [];
  const renewed: string[] = [];
  for (const planned of plan.tables) {
    let proof = await verifyOne(parts, planned);
    // Rows copied by an earlier run may have changed since.
    if (!isEqual(proof) && record) {
      renewed.push(planned.table.name);
      await progress.table(planned.table.name, { after: null, rows: 0, done: false });
      await copyOne(parts, planned, progress);
      proof = await verifyOne(parts, planned);
    }
    proofs.push(proof);
    if (!isEqual(proof)) return { proofs, renewed, complete: false, copied, took: took() };
  }
  await mark(parts, proofs, newest);
  await progress.step({ ...progress.record, state: 'done' });
  return { proofs, renewed, complete: true, copied, took: took() };
}

const rowsIn = ({ record }: Progress): number =>
  Object.values(record.tables).reduce((total, { rows }) => total + rows, 0);

async function refuseOtherVersion({ source, target }: MoveParts): Promise<void> {
  const steps = async ({ reader }: Dialect): Promise<string[]> => {
    const rows = await reader.selectFrom('pwj_migrations').select('name').where('scope', '=', 'core').execute();
    return rows.map((row) => row.name).sort();
  };
  const from = await steps(source);
  if (newerSteps(from).length > 0)
    throw new JobsError(
      'INVALID_STATE',
      'The source was made by a newer version, whose columns would be lost: update this package first.',
    );
  if (from.join() !== (await steps(target)).join())
    throw new JobsError(
      'INVALID_STATE',
      'The two databases have different versions: run phraseworks-jobs migrate on both.',
    );
}

const copyOne = ({ source, target, report }: MoveParts, { table, rows: of }: PlannedTable, progress: Progress) =>
  copyTable({ source, target }, table, progress, (rows) => report({ phase: 'copy', table: table.name, rows, of }));

const verifyOne = ({ source, target, report }: MoveParts, { table, rows: of }: PlannedTable) =>
  verifyTable({ source, target }, table, (rows) => report({ phase: 'verify', table: table.name, rows, of }));

async function newestEvent({ reader }: Dialect): Promise<number> {
  const row = await reader
    .selectFrom('pwj_events')
    .select((e) => e.fn.max('seq').as('seq'))
    .executeTakeFirst();
  return Number(row?.seq ?? 0);
}

/** Afterwards nothing can start on the source. Refuses if the source has changed meanwhile. */
async function mark(
  { source, plan, names, watch, clock }: MoveParts,
  proofs: readonly Proof[],
  newest: number,
): Promise<void> {
  await source.transaction(async ({ db }) => {
    await refuseLiveNodes(source, 'source', watch, db);
    const row = await db
      .selectFrom('pwj_events')
      .select((e) => e.fn.max('seq').as('seq'))
      .executeTakeFirst();
    let changed = Number(row?.seq ?? 0) !== newest;
    for (const [i, { table }] of plan.tables.entries()) {
      changed ||= (await count(db, table)) !== proofs[i]?.rows.source;
    }
    if (changed) {
      throw new JobsError(
        'INVALID_STATE',
        'The source changed during the move: stop the processes that work on it, then run the same command again.',
      );
    }
    await writeMeta(db, OWN_KEYS.movedTo, JSON.stringify({ to: names.target, at: clock.now() }));
  });
}

/** Reopens the source and closes the target. Throws `INVALID_STATE` if there was no move, or if the target has changed since. */
export async function undoMove(
  source: Dialect,
  target: Dialect,
  tables: MovePlan['tables'],
  { watch }: MoveContext,
): Promise<void> {
  if (!(await readMovedTo(source.reader))) throw nothingToUndo();
  const record = await readRecord(target.reader);
  if (!record || record.from !== (await instanceOf(source.reader)))
    throw new JobsError(
      'INVALID_STATE',
      'The target does not hold this move: name the database that it went to with --to.',
    );
  await refuseLiveNodes(target, 'target', watch);
  for (const { table } of tables) {
    const proof = await verifyTable({ source, target }, table);
    if (isEqual(proof)) continue;
    throw new JobsError(
      'INVALID_STATE',
      `The target has been used since: its table ${table.name} has changed, and undoing the move would lose that. Move from it to an empty database instead: phraseworks-jobs move --to sqlite:PATH`,
    );
  }
  await new Progress(target, record).step({ ...record, state: 'undone' });
  await source.transaction(async ({ db }) => {
    await db.deleteFrom('pwj_meta').where('key', '=', OWN_KEYS.movedTo).execute();
  });
}

export const nothingToUndo = (): JobsError =>
  new JobsError('INVALID_STATE', 'The configured database was not moved: there is nothing to undo.');
