// The job view of a cleanup: what was or would be removed, failures, and the button that runs the list.
import { type Block, type Cell, type Job, type PluginClock, readableBytes } from '@phraseworks/sdk';
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
    { type: 'text', tone: 'warn', text: `${failedItems.toLocaleString('en')} could not be removed:` },
    { type: 'table', columns: ['item', 'why'], rows: failed.map(({ item, reason }): Cell[] => [item, reason]) },
  ];
}

const figuresOf = ({ dryRun, items, bytes, failedItems }: CleanupResult): Block[] => [
  { type: 'stat', label: dryRun ? 'would be removed' : 'removed', value: items },
  { type: 'stat', label: dryRun ? 'would be freed' : 'freed', value: readableBytes(bytes) },
  ...(failedItems === 0 ? [] : [{ type: 'stat', label: 'could not be removed', value: failedItems } as const]),
];

async function listOf(plugin: string, result: CleanupResult, lists: Lists, clock: PluginClock): Promise<Block[]> {
  const list = result.list === undefined ? undefined : await lists.find(result.list);
  if (list === undefined) return firstOf(result);
  const items = await lists.items(list.id, 0, SHOWN);
  const more = list.items > items.length ? `The first ${items.length} of ${list.items.toLocaleString('en')}:` : null;
  const whole: Block[] = [
    { type: 'link', text: 'Download the whole list', href: `/plugins/${plugin}/lists/${list.id}/items` },
  ];
  if (result.dryRun && list.state === 'ready' && list.items > 0 && list.expires_at >= clock.now()) {
    const what = `${list.items.toLocaleString('en')} (${readableBytes(list.bytes)})`;
    whole.push({
      type: 'action',
      label: `Remove exactly these ${list.items.toLocaleString('en')}`,
      post: `/lists/${list.id}/run`,
      confirm: `Remove these ${what}? Items that changed since are kept. This cannot be undone.`,
    });
  }
  return [
    ...whole,
    ...(more === null ? [] : [{ type: 'text', text: more } as const]),
    {
      type: 'table',
      columns: ['item', 'bytes', 'from', 'outcome'],
      rows: items.map(({ label, bytes, at, outcome }): Cell[] => [
        label,
        readableBytes(bytes),
        clock.iso(at),
        outcome ?? (result.dryRun ? 'would be removed' : null),
      ]),
    },
  ];
}

/** For an expired list, of which only the figures in the result are left. */
function firstOf({ first = [] }: CleanupResult): Block[] {
  if (first.length === 0) return [];
  return [
    {
      type: 'table',
      columns: ['item', 'bytes', 'from'],
      rows: first.map(({ item, bytes, at }): Cell[] => [item, readableBytes(bytes), at]),
    },
  ];
}
