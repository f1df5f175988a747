// The view of a job, made by its type: limited in time and size, and safe against errors in it.
import type { Block, Job, JobView, Logger } from '@phraseworks/sdk';
import { Block as BlockSchema } from '@phraseworks/sdk/contract';
import { z } from 'zod';
import { type Clock, withTimeout } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { TypeRegistry } from './registry.ts';

/** What a plugin makes to be shown, within `ms`. Throws an error that says what is wrong with it, or the plugin's own. */
export async function blocksWithin(clock: Clock, ms: number, make: () => Promise<unknown>): Promise<Block[]> {
  const given = await withTimeout(clock, ms, make(), () => new Unfit(`did not finish within ${ms / 1_000} s`));
  const checked = z.array(BlockSchema).safeParse(given);
  if (checked.success) return checked.data as Block[];
  throw new Unfit('did not return an array of blocks');
}

class Unfit extends Error {}

/** Limits: milliseconds, blocks, and characters of all blocks as JSON. */
const LIMIT = 2_000;
const MOST_BLOCKS = 200;
const MOST_TEXT = 1_000_000;

/** Never rejects. Returns no blocks and no error if the type is unknown here or has no view. */
export async function viewOf(
  job: Job,
  { registry, clock, log }: { registry: TypeRegistry; clock: Clock; log: Logger },
): Promise<JobView> {
  const entry = registry.get(job.type);
  const view = entry?.options.view;
  if (!entry || !view) return { blocks: [], error: null };
  try {
    const blocks = await blocksWithin(clock, LIMIT, () => entry.enter(async () => view(job)));
    const shown = blocks.slice(0, MOST_BLOCKS);
    if (JSON.stringify(shown).length > MOST_TEXT) throw new Unfit(`is too large: ${MOST_TEXT} characters at most`);
    const isCut = blocks.length > MOST_BLOCKS;
    return {
      blocks: shown,
      error: isCut ? `Only the first ${MOST_BLOCKS} blocks of ${blocks.length} are shown.` : null,
    };
  } catch (error) {
    const isUnfit = error instanceof Unfit;
    log.warn(`The view of a job of the type "${job.type}" ${isUnfit ? error.message : `failed: ${messageOf(error)}`}`);
    return {
      blocks: [],
      error: `The view of this type ${isUnfit ? `${error.message}.` : 'failed; see the server log.'}`,
    };
  }
}
