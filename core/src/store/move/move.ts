// The move itself: copy, verify, then mark the source as moved. It can be killed at any point and run again.
import { JobsError } from '@phraseworks/sdk';
import { messageOf } from '../../kernel/errors.ts';
import type { Dialect } from '../dialect.ts';
import { newerSteps } from '../migrate.ts';
import { copyTable } from './copy.ts';
import { MOVE_KEYS } from './core-tables.ts';
import { refuseLiveNodes } from './nodes.ts';
import type { Around, MovePlan, PlannedTable } from './plan.ts';
import { makeTables } from './plugin-tables.ts';
import { Progress, write } from './record.ts';
import { count, placeOf } from './rows.ts';
import { type Proof, verifyTable } from './verify.ts';

export interface Step {
  phase: 'copy' | 'verify';
  table: string;
  rows: number;
  of: number;
}

export interface MoveParts extends Around {
  source: Dialect;
  target: Dialect;
  plan: MovePlan;
  /** Where both are, without passwords. */
  names: { source: string; target: string };
  report: (step: Step) => void;
}

export interface Moved {
  proofs: Proof[];
  /** Tables that had changed since an earlier run, and were copied anew. */
  renewed: string[];
  /** True when all is equal and the source is marked. */
  complete: boolean;
  /** Rows that this run copied. */
  copied: number;
  /** Milliseconds. */
  took: { copy: number; verify: number };
}

/** Throws when a side cannot be read or written; a difference between the sides is in the answer. */
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
    // Rows that an earlier run copied may have changed since.
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
      'The source is of a newer version, whose columns would be lost: update first.',
    );
  if (from.join() !== (await steps(target)).join())
    throw new JobsError(
      'INVALID_STATE',
      'The two databases are of different versions: open both with this version once.',
    );
}

export const isEqual = ({ difference, rows, checksum }: Proof): boolean =>
  difference === null &&
  rows.source === rows.target &&
  rows.source === rows.read &&
  checksum.source === checksum.target;

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

/** From here on nothing can start on the source. Refuses if the source has changed after all. */
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
      changed ||= (await count(placeOf(source, db), table)) !== proofs[i]?.rows.source;
    }
    if (changed) {
      throw new JobsError(
        'INVALID_STATE',
        'The source has changed while it was moved: stop what works on it, then run the same command again.',
      );
    }
    await write(db, MOVE_KEYS.movedTo, JSON.stringify({ to: names.target, at: clock.now() }));
  });
}
