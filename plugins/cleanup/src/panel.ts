// The page "Clean-up": totals, previews, and the button that removes exactly the items of a list.
import { type Block, block, type Panel, type PluginClock, readableBytes } from '@phraseworks/sdk';
import { ACTIONS, DEFAULT_AGE } from './data.ts';
import type { Lists } from './lists.ts';
import type { ListRow } from './tables.ts';
import type { Totals } from './totals.ts';

const DAY = 86_400_000;
const DAYS = 30;
const LISTED = 20;
const SHOWN = 25;

const words = (action: string): string => action.replaceAll('_', ' ').replace(/^(?:remove )?old /, '');

const listTable = (plugin: string, rows: readonly ListRow[], clock: PluginClock): Block =>
  block.table(
    ['preview of', 'made', 'items', 'bytes', 'state', 'whole list', 'removal job'],
    rows.map(({ id, action, created_at, items, bytes, state, run_job }) => {
      const whole = state === 'writing' ? null : { text: 'download', href: `/plugins/${plugin}/lists/${id}/items` };
      return [words(action), clock.iso(created_at), items, readableBytes(bytes), state, whole, run_job];
    }),
  );

/** A list that can be run, with its first items and the button. */
async function readyBlocks(list: ListRow, lists: Lists, clock: PluginClock): Promise<Block[]> {
  const first = await lists.items(list.id, 0, SHOWN);
  const more = list.items > first.length ? ` The first ${first.length}:` : '';
  const when = clock.iso(list.created_at).slice(0, 16).replace('T', ' ');
  const size = readableBytes(list.bytes);
  return [
    block.text(`${words(list.action)}: ${list.items} items, ${size} would be deleted, as of ${when} UTC.${more}`),
    block.table(
      ['item', 'bytes', 'from'],
      first.map(({ label, bytes, at }) => [label, readableBytes(bytes), clock.iso(at)]),
    ),
    block.action(`Remove exactly these ${list.items} (${words(list.action)})`, `/lists/${list.id}/run`, {
      confirm: `Remove these ${list.items} items (${size})? Items that changed since are kept. This cannot be undone.`,
    }),
  ];
}

/** The newest list of each action that can be run. */
function newestReady(lists: readonly ListRow[], now: number): ListRow[] {
  const ready = lists.filter(({ state, items, expires_at }) => state === 'ready' && items > 0 && expires_at >= now);
  return ready.filter((list, index) => ready.findIndex(({ action }) => action === list.action) === index);
}

/** `plugin`: the name under which its routes are mounted. */
export function cleanupPanel(plugin: string, lists: Lists, totals: Totals, clock: PluginClock): Panel {
  return {
    id: 'cleanup',
    title: 'Clean-up',
    data: async (): Promise<Block[]> => {
      const now = clock.now();
      const [rows, newest] = await Promise.all([totals.between(now - DAYS * DAY, now + 1), lists.newest(LISTED)]);
      const sum = (key: 'items' | 'bytes' | 'failed') => rows.reduce((all, row) => all + row[key], 0);
      const ready = newestReady(newest, now);
      return [
        block.stat(`removed in ${DAYS} days`, sum('items')),
        block.stat('freed', readableBytes(sum('bytes'))),
        block.stat('could not be removed', sum('failed')),
        ...(await Promise.all(ready.map((list) => readyBlocks(list, lists, clock)))).flat(),
        ...ACTIONS.map((action) => {
          const age = DEFAULT_AGE[action];
          const older = age === null ? '' : ` older than ${age}`;
          return block.action(`Preview: ${words(action)}${older}`, `/preview/${action}`);
        }),
        newest.length === 0
          ? block.text('A preview deletes nothing; it lists what would be deleted.')
          : listTable(plugin, newest, clock),
      ];
    },
  };
}
