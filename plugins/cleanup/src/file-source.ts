// A source of old files in a root.

import { reasonOf } from './failure.ts';
import { changedAt, isRemovable, markOf, removeFiles } from './remove-files.ts';
import { mayGo, type OpenRoot, openRoot, type Root } from './root.ts';
import type { CleanupSource } from './source.ts';
import { walk } from './walk.ts';

const ACTION = { temp: 'temp_files', logs: 'remove_old_logs' } as const;

export function fileSource(root: Root): CleanupSource {
  const { path, kind, links } = root;
  return {
    name: `${kind}:${path}`,
    action: ACTION[kind],
    title: `files in ${path}`,
    ...(root.olderThan === undefined ? {} : { atLeast: root.olderThan }),

    async *find({ before, signal, problem }) {
      const opened = await openRoot(root).catch((error: unknown) => {
        const reason = reasonOf(error);
        // Nothing to clean yet.
        if (reason !== 'ENOENT') problem(path, reason);
        return null;
      });
      if (!opened) return;
      try {
        const files = walk(opened.folder, {
          wants: (file) => mayGo(root, opened, file),
          links,
          signal,
          problem: (file, reason) => problem(`${path}/${file}`, reason),
        });
        for await (const { path: file, facts } of files) {
          const at = changedAt(facts);
          if (at >= before || !isRemovable(facts, links)) continue;
          yield { id: file, label: `${path}/${file}`, bytes: Number(facts.size), at, mark: markOf(facts) };
        }
      } finally {
        await opened.folder.close();
      }
    },

    async remove(items, { signal }) {
      let opened: OpenRoot;
      try {
        opened = await openRoot(root);
      } catch (error) {
        const reason = reasonOf(error);
        return items.map(({ id }) => ({ id, reason: reason === 'ENOENT' ? 'gone' : reason }));
      }
      try {
        return await removeFiles(root, opened, items, signal);
      } finally {
        await opened.folder.close();
      }
    },
  };
}
