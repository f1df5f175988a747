// Removes exactly the items of a list that have not changed.
import type { PluginClock, RunningJob } from '@phraseworks/sdk';
import { CleanupFailure } from './failure.ts';
import type { Lists } from './lists.ts';
import { removeBatch } from './search.ts';
import { type CleanupItem, type CleanupSource, STOPPED } from './source.ts';
import type { ItemRow, ListRow } from './tables.ts';
import type { Tally } from './tally.ts';
import type { Totals } from './totals.ts';

export interface CleanupParts {
  /** The sources of the action, including those of other plugins. */
  sources(action: string): Promise<CleanupSource[]>;
  lists: Lists;
  totals: Totals;
  clock: PluginClock;
  /** Items at once. */
  batch: number;
}

interface Order {
  action: string;
  list: string;
}

export async function runList(order: Order, job: RunningJob, parts: CleanupParts, tally: Tally): Promise<void> {
  const { lists, totals, batch } = parts;
  const list = await claimed(order, job.id, parts);
  const sources = new Map((await parts.sources(list.action)).map((source) => [source.name, source]));
  await countEarlier(list.id, parts, tally);
  let done = tally.items + tally.failedItems + tally.gone;
  for (let n = 0; ; ) {
    job.signal.throwIfAborted();
    const rows = await lists.items(list.id, n, batch, true);
    const last = rows.at(-1);
    if (!last) break;
    n = last.n + 1;
    for (const [name, group] of bySource(rows)) {
      const items = group.map(toItem);
      const left = await removeNamed(sources.get(name), items, job);
      await totals.add(list.action, tally.removed(items, left));
      const reasons = new Map(left.map(({ id, reason }) => [id, reason]));
      const outcomes = group.map(({ n: number, item }) => ({ n: number, outcome: reasons.get(item) ?? 'removed' }));
      await lists.settle(
        list.id,
        outcomes.filter(({ outcome }) => outcome !== STOPPED),
      );
      job.signal.throwIfAborted();
    }
    done += rows.length;
    await job.progress({
      percentage: Math.min(99, Math.floor((100 * done) / Math.max(1, list.items))),
      processed: done,
      total: list.items,
      message: `${tally.items} removed`,
    });
  }
  await lists.close(list.id);
}

/** Throws when the list cannot be run. */
async function claimed({ action, list: id }: Order, jobId: string, { lists, clock }: CleanupParts): Promise<ListRow> {
  const list = await lists.find(id);
  if (!list || list.expires_at < clock.now())
    throw new CleanupFailure('LIST_NOT_FOUND', 'data.list is not a stored list, or has expired: start a new dry run');
  if (list.action !== action)
    throw new CleanupFailure('LIST_OF_OTHER_ACTION', 'data.list was made by a dry run of another data.action');
  if (list.state === 'writing')
    throw new CleanupFailure('LIST_INCOMPLETE', 'data.list is still being written, or its dry run was stopped');
  if (!(await lists.claim(id, jobId)))
    throw new CleanupFailure('LIST_USED', 'data.list was already run: start a new dry run to see what is left');
  return list;
}

/** What an earlier attempt of this job did. */
async function countEarlier(id: string, { lists }: CleanupParts, tally: Tally): Promise<void> {
  for (const { outcome, items, bytes } of await lists.outcomes(id)) {
    if (outcome === 'gone') tally.gone += items;
    else if (outcome === 'removed') {
      tally.items += items;
      tally.bytes += bytes;
    } else for (let i = 0; i < items; i += 1) tally.problem('(tried by an earlier attempt)', outcome);
  }
}

async function removeNamed(
  source: CleanupSource | undefined,
  items: readonly CleanupItem[],
  job: RunningJob,
): ReturnType<typeof removeBatch> {
  // Its root is no longer configured, or its plugin is off.
  return source ? removeBatch(source, items, job) : items.map(({ id }) => ({ id, reason: 'SOURCE_GONE' }));
}

function bySource(rows: readonly ItemRow[]): Map<string, ItemRow[]> {
  const groups = new Map<string, ItemRow[]>();
  for (const row of rows) groups.set(row.source, [...(groups.get(row.source) ?? []), row]);
  return groups;
}

const toItem = ({ item, label, bytes, at, mark }: ItemRow): CleanupItem => ({
  id: item,
  label,
  bytes,
  at,
  ...(mark === null ? {} : { mark }),
});
