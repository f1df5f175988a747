// The view of a job, made by its type: limited in time and size, and safe against errors in it.
import type { Block, Job, JobView, Logger } from '@phraseworks/sdk';
import { Block as BlockSchema } from '@phraseworks/sdk/contract';
import { z } from 'zod';
import { type Clock, withTimeout } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { TypeRegistry } from './registry.ts';

/** Null unless `given` is an array of blocks. */
export function blocksOf(given: unknown): Block[] | null {
  const checked = z.array(BlockSchema).safeParse(given);
  return checked.success ? (checked.data as Block[]) : null;
}

/** Limits: milliseconds, blocks, and characters of all blocks as JSON. */
const LIMIT = 2_000;
const MOST_BLOCKS = 200;
const MOST_TEXT = 1_000_000;

/** Never rejects. Returns no blocks and no error if the type is unknown here or has no view. */
export async function viewOf(
  job: Job,
  {
    registry,
    clock,
    log,
  }: {
    registry: TypeRegistry;
    clock: Clock;
    log: Logger;
  },
): Promise<JobView> {
  const entry = registry.get(job.type);
  const view = entry?.options.view;
  if (!entry || !view) return { blocks: [], error: null };
  const fail = (error: string): JobView => {
    log.warn(`The view of a job of the type "${job.type}" ${error}`);
    return { blocks: [], error: `The view of this type ${error}` };
  };
  let late = false;
  const tooLate = (): Error => {
    late = true;
    return new Error('too late');
  };
  try {
    const given: unknown = await withTimeout(
      clock,
      LIMIT,
      entry.enter(async () => view(job)),
      tooLate,
    );
    const blocks = blocksOf(given);
    if (!blocks) return fail('did not return an array of blocks.');
    return limited(blocks) ?? fail(`is too large: ${MOST_TEXT} characters at most.`);
  } catch (error) {
    if (late) return fail(`did not finish within ${LIMIT / 1_000} s.`);
    log.warn(`The view of a job of the type "${job.type}" failed: ${messageOf(error)}`);
    return { blocks: [], error: 'The view of this type failed; see the server log.' };
  }
}

function limited(blocks: Block[]): JobView | null {
  const shown = blocks.slice(0, MOST_BLOCKS);
  if (JSON.stringify(shown).length > MOST_TEXT) return null;
  const cut = blocks.length > MOST_BLOCKS;
  return { blocks: shown, error: cut ? `Only the first ${MOST_BLOCKS} blocks of ${blocks.length} are shown.` : null };
}
