// The processor of `cleanup` jobs: a run, a dry run that stores a list, or the run of a list.
import { type JobResult, type Processor, parseDuration, type RunningJob, readableBytes } from '@phraseworks/sdk';
import { type CleanupData, type CleanupResult, DEFAULT_AGE, isBuiltIn } from './data.ts';
import { CleanupFailure } from './failure.ts';
import type { CleanupParts } from './run-list.ts';
import { runList } from './run-list.ts';
import { removeBatch, search } from './search.ts';
import type { CleanupSource } from './source.ts';
import { Tally } from './tally.ts';

function ageOf({ action, olderThan }: CleanupData): number {
  const text = olderThan ?? (isBuiltIn(action) ? DEFAULT_AGE[action] : null);
  return text === null ? 0 : (parseDuration(text) ?? Number.POSITIVE_INFINITY);
}

async function sourcesOf(action: string, parts: CleanupParts): Promise<CleanupSource[]> {
  const sources = await parts.sources(action);
  if (sources.length === 0 && !isBuiltIn(action))
    throw new CleanupFailure('UNKNOWN_ACTION', 'data.action is unknown: neither built in nor added by a plugin');
  return sources;
}

async function clean(data: CleanupData, job: RunningJob, parts: CleanupParts, tally: Tally): Promise<void> {
  const { clock, batch, totals } = parts;
  const sources = await sourcesOf(data.action, parts);
  await search({
    sources,
    age: ageOf(data),
    clock,
    job,
    batch,
    tally,
    word: 'removed',
    take: async (source, items) => {
      const left = await removeBatch(source, items, job);
      await totals.add(data.action, tally.removed(items, left));
    },
  });
}

async function preview(data: CleanupData, job: RunningJob, parts: CleanupParts, tally: Tally): Promise<void> {
  const { clock, batch, lists } = parts;
  const sources = await sourcesOf(data.action, parts);
  await lists.begin(job.id, data.action);
  let written = 0;
  await search({
    sources,
    age: ageOf(data),
    clock,
    job,
    batch,
    tally,
    word: 'found',
    take: async (source, items) => {
      const rows = items.map(({ id, label, bytes, at, mark }) => {
        return { source: source.name, item: id, label, bytes, at, mark: mark ?? null };
      });
      await lists.append(job.id, written, rows);
      written += rows.length;
      tally.found(items);
    },
  });
  await lists.finish(job.id, tally.items, tally.bytes);
}

const things = (count: number): string => `${count} ${count === 1 ? 'item' : 'items'}`;

function messageOf({ dryRun, items, bytes, failedItems }: CleanupResult): string {
  const freed = readableBytes(bytes);
  const rest = failedItems > 0 ? `; ${things(failedItems)} could not be ${dryRun ? 'examined' : 'removed'}` : '';
  return (dryRun ? `would remove ${things(items)}, ${freed}` : `removed ${things(items)}, ${freed} freed`) + rest;
}

/** Report a mistake in the config as one, not as files that stay. */
function nothingRemoved(tally: Tally): CleanupFailure {
  if (!tally.isOnly('ROOT_TOO_WIDE'))
    return new CleanupFailure('NOTHING_REMOVED', `nothing could be removed: ${tally.reasons()}`);
  const message = 'config.roots has a system folder, or a folder that contains the site: use a folder below it';
  return new CleanupFailure('ROOT_TOO_WIDE', message);
}

/** Failures with a code end the job; all others are thrown and may be retried. */
export function cleanupProcessor(parts: CleanupParts): Processor<'cleanup'> {
  const { clock } = parts;
  return async (data, jobId, _attempt, job): Promise<JobResult<CleanupResult>> => {
    const begun = clock.now();
    const dryRun = data.dryRun === true;
    const tally = new Tally();
    const list = data.list ?? (dryRun ? jobId : undefined);
    try {
      if (data.list !== undefined) await runList({ action: data.action, list: data.list }, job, parts, tally);
      else if (dryRun) await preview(data, job, parts, tally);
      else await clean(data, job, parts, tally);
      if (!dryRun) await parts.totals.prune();
      if (!dryRun && tally.items === 0 && tally.failedItems > 0) throw nothingRemoved(tally);
    } catch (error) {
      if (!(error instanceof CleanupFailure)) throw error;
      const { code, message, retryable } = error;
      for (const { item, reason } of tally.failed) job.log.warn(`${reason}: ${item}`);
      return { success: false, error: message, code, retryable };
    }
    const result: CleanupResult = {
      action: data.action,
      dryRun,
      items: tally.items,
      bytes: tally.bytes,
      failed: tally.failed,
      failedItems: tally.failedItems,
      ...(dryRun
        ? { first: tally.first.map(({ label, bytes, at }) => ({ item: label, bytes, at: clock.iso(at) })) }
        : {}),
      ...(list === undefined ? {} : { list }),
      durationMs: clock.now() - begun,
    };
    return { success: true, result, message: messageOf(result) };
  };
}
