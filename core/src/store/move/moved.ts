// Whether a database may be worked on: not one that has been moved away, and not one whose move is not finished.
import { JobsError } from '@phraseworks/sdk';
import { iso } from '../../kernel/clock.ts';
import type { Dialect } from '../dialect.ts';
import { readMovedTo, readRecord } from './record.ts';

/** Throws `INVALID_CONFIG` with the cure when the jobs of this database are at home in another one. */
export async function refuseMoved({ reader }: Dialect): Promise<void> {
  const moved = await readMovedTo(reader);
  if (moved) {
    throw new JobsError(
      'INVALID_CONFIG',
      `This database was moved to ${moved.to} at ${iso(moved.at)}: name that one, or take the move back with "phraseworks-jobs move --undo". Setting: database`,
    );
  }
  const record = await readRecord(reader);
  if (record?.state === 'copying') {
    throw new JobsError(
      'INVALID_CONFIG',
      `A move from ${record.source} into this database is not finished: run "phraseworks-jobs move" again with the old database configured. Setting: database`,
    );
  }
  if (record?.state === 'undone') {
    throw new JobsError(
      'INVALID_CONFIG',
      `The move from ${record.source} into this database was taken back: name that one, or move again. Setting: database`,
    );
  }
}
