// Takes a move back while nothing has happened in the target: the source is at work again, and the target is closed.
import { JobsError } from '@phraseworks/sdk';
import type { Dialect } from '../dialect.ts';
import { instanceOf } from '../meta.ts';
import { MOVE_KEYS } from './core-tables.ts';
import { isEqual } from './move.ts';
import { refuseLiveNodes } from './nodes.ts';
import type { Around, MovePlan } from './plan.ts';
import { Progress, readMovedTo, readRecord } from './record.ts';
import { verifyTable } from './verify.ts';

/** Throws `INVALID_STATE` when there is nothing to take back, and when the target has changed since. */
export async function undoMove(
  source: Dialect,
  target: Dialect,
  tables: MovePlan['tables'],
  { watch }: Around,
): Promise<void> {
  if (!(await readMovedTo(source.reader)))
    throw new JobsError('INVALID_STATE', 'The configured database was not moved: there is nothing to take back.');
  const record = await readRecord(target.reader);
  if (!record || record.from !== (await instanceOf(source.reader)))
    throw new JobsError('INVALID_STATE', 'The target does not hold this move: name the one that it went to with --to.');
  await refuseLiveNodes(target, 'target', watch);
  for (const { table } of tables) {
    const proof = await verifyTable({ source, target }, table);
    if (isEqual(proof)) continue;
    throw new JobsError(
      'INVALID_STATE',
      `The target has been worked on since: its table ${table.name} has changed. Taking the move back would lose that; move from it to an empty database instead: phraseworks-jobs move --to sqlite:PATH`,
    );
  }
  await new Progress(target, record).step({ ...record, state: 'undone' });
  await source.transaction(async ({ db }) => {
    await db.deleteFrom('pwj_meta').where('key', '=', MOVE_KEYS.movedTo).execute();
  });
}
