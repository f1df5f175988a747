// A source of expired dry-run lists.
import type { Lists } from './lists.ts';
import type { CleanupLeft, CleanupSource } from './source.ts';

const PAGE = 200;
/** How much longer a list is kept if it expires while running. */
const RUNNING = 86_400_000;

export function listSource(lists: Lists): CleanupSource {
  return {
    name: 'cleanup/lists',
    action: 'expired_data',
    title: 'lists of dry runs',
    async *find({ before, signal }) {
      signal.throwIfAborted();
      for (const { id, action, items, state, expires_at: at } of await lists.expired(before, PAGE)) {
        if (state === 'running' && at >= before - RUNNING) continue;
        // What its items take is in the database, and not known without reading all of them.
        yield { id, at, bytes: 0, label: `list of ${items} items (${action.replaceAll('_', ' ')})` };
      }
    },
    async remove(items, { signal }) {
      const left: CleanupLeft[] = [];
      for (const { id, at } of items) {
        signal.throwIfAborted();
        const list = await lists.find(id);
        if (!list) left.push({ id, reason: 'gone' });
        else if (list.expires_at !== at) left.push({ id, reason: 'changed' });
        else await lists.drop(id);
      }
      return left;
    },
  };
}
