// Processes the sources of an action in batches: removes old items or writes them to a list.
import { type PluginClock, parseDuration, type RunningJob } from '@phraseworks/sdk';
import { reasonOf } from './failure.ts';
import type { CleanupItem, CleanupLeft, CleanupSource } from './source.ts';
import type { Tally } from './tally.ts';

export interface Search {
  sources: readonly CleanupSource[];
  /** Milliseconds; 0 for what says itself when it expires. */
  age: number;
  clock: PluginClock;
  job: Pick<RunningJob, 'signal' | 'progress' | 'log'>;
  /** Items at once. */
  batch: number;
  tally: Tally;
  /** `removed` or `found`; for the progress. */
  word: string;
  take(source: CleanupSource, items: readonly CleanupItem[]): Promise<void>;
}

export async function search(how: Search): Promise<void> {
  for (const [index, source] of how.sources.entries()) {
    how.job.signal.throwIfAborted();
    await searchOne(source, index, how);
  }
}

async function searchOne(source: CleanupSource, index: number, how: Search): Promise<void> {
  const { sources, job, batch: size, tally, word } = how;
  let fraction = 0;
  const percent = () => Math.min(99, Math.floor((100 * (index + fraction)) / sources.length));
  const told = () =>
    job.progress({ percentage: percent(), processed: tally.items, message: `${source.title}: ${tally.items} ${word}` });
  let batch: CleanupItem[] = [];
  const flush = async () => {
    const items = batch;
    batch = [];
    if (items.length > 0) await how.take(source, items);
    job.signal.throwIfAborted();
    await told();
  };
  const found = itemsOf(source, how, (now) => {
    const before = percent();
    fraction = Math.min(1, Math.max(fraction, now));
    // Report progress even if nothing is found.
    if (percent() > before) void told().catch(() => {});
  });
  await told();
  for await (const item of found) {
    job.signal.throwIfAborted();
    batch.push(item);
    if (batch.length >= size) await flush();
  }
  await flush();
}

/** What the source finds. If it throws, the other sources still run. */
async function* itemsOf(
  source: CleanupSource,
  { age, clock, job: { signal, log }, tally }: Search,
  tell: (fraction: number) => void,
): AsyncGenerator<CleanupItem> {
  const before = clock.now() - Math.max(age, parseDuration(source.atLeast ?? '') ?? 0);
  try {
    yield* source.find({ before, signal, tell, problem: (label, reason) => tally.problem(label, reason) });
  } catch (error) {
    if (signal.aborted) throw error;
    log.error(`${source.title}: ${error instanceof Error ? error.message : 'failed'}`);
    tally.problem(source.title, reasonOf(error));
  }
}

/** What the source could not remove; everything, with the reason, if it throws. */
export async function removeBatch(
  source: CleanupSource,
  items: readonly CleanupItem[],
  job: Pick<RunningJob, 'signal' | 'log'>,
): Promise<readonly CleanupLeft[]> {
  try {
    return await source.remove(items, { signal: job.signal });
  } catch (error) {
    if (job.signal.aborted) throw error;
    job.log.error(`${source.title}: ${error instanceof Error ? error.message : 'failed'}`);
    return items.map(({ id }) => ({ id, reason: reasonOf(error) }));
  }
}
