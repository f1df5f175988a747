// The job view of a cleanup: what was or would be removed, failures, and the button that runs the list.
import { type Block, block, type Job, type PluginClock, readableBytes } from '@phraseworks/sdk';
import type { CleanupResult } from './data.ts';
import type { Lists } from './lists.ts';

const SHOWN = 100;

/** `plugin`: the name under which its routes are mounted. */
export const cleanupView =
  (plugin: string, lists: Lists, clock: PluginClock) =>
  async ({ result }: Job<'cleanup'>): Promise<Block[]> => {
    if (result === null) return [];
    return [...figuresOf(result), ...(await listOf(plugin, result, lists, clock)), ...failedOf(result)];
  };

function failedOf({ failed, failedItems }: CleanupResult): Block[] {
  if (failed.length === 0) return [];
  return [
    block.text(`${failedItems.toLocaleString('en')} could not be removed:`, 'warn'),
    block.table(
      ['item', 'why'],
      failed.map(({ item, reason }) => [item, reason]),
    ),
  ];
}

const figuresOf = ({ dryRun, items, bytes, failedItems }: CleanupResult): Block[] => [
  block.stat(dryRun ? 'would be removed' : 'removed', items),
  block.stat(dryRun ? 'would be freed' : 'freed', readableBytes(bytes)),
  ...(failedItems === 0 ? [] : [block.stat('could not be removed', failedItems)]),
];

async function listOf(plugin: string, result: CleanupResult, lists: Lists, clock: PluginClock): Promise<Block[]> {
  const list = result.list === undefined ? undefined : await lists.find(result.list);
  if (list === undefined) return firstOf(result);
  const items = await lists.items(list.id, 0, SHOWN);
  const all = list.items.toLocaleString('en');
  const blocks = [block.link('Download the whole list', `/plugins/${plugin}/lists/${list.id}/items`)];
  if (result.dryRun && list.state === 'ready' && list.items > 0 && list.expires_at >= clock.now()) {
    const confirm = `Remove these ${all} (${readableBytes(list.bytes)})? Items that changed since are kept. This cannot be undone.`;
    blocks.push(block.action(`Remove exactly these ${all}`, `/lists/${list.id}/run`, { confirm }));
  }
  if (list.items > items.length) blocks.push(block.text(`The first ${items.length} of ${all}:`));
  const untried = result.dryRun ? 'would be removed' : null;
  const rows = items.map(({ label, bytes, at, outcome }) => [
    ...[label, readableBytes(bytes), clock.iso(at), outcome ?? untried],
  ]);
  return [...blocks, block.table(['item', 'bytes', 'from', 'outcome'], rows)];
}

/** For an expired list, of which only the figures in the result are left. */
function firstOf({ first = [] }: CleanupResult): Block[] {
  if (first.length === 0) return [];
  const rows = first.map(({ item, bytes, at }) => [item, readableBytes(bytes), at]);
  return [block.table(['item', 'bytes', 'from'], rows)];
}
