// Sources of rows: old jobs, logs, events, and uploads without a job.
import type { Housekeeping, HousekeepingKind } from '@phraseworks/sdk';
import type { CleanupSource } from './source.ts';

interface Rows {
  kind: HousekeepingKind;
  action: string;
  title: string;
}

const ROWS: readonly Rows[] = [
  { kind: 'logs', action: 'remove_old_logs', title: 'log lines of finished jobs' },
  { kind: 'events', action: 'remove_old_logs', title: 'stored events' },
  { kind: 'jobs', action: 'old_jobs', title: 'finished jobs' },
  { kind: 'uploads', action: 'orphaned_uploads', title: 'uploads without a job' },
];

export function rowSources(housekeeping: Housekeeping): CleanupSource[] {
  return ROWS.map(({ kind, action, title }) => ({
    name: `rows:${kind}`,
    action,
    title,
    async *find({ before, signal }) {
      for (let after: string | null | undefined; after !== null; ) {
        signal.throwIfAborted();
        const page = await housekeeping.find(kind, { before, ...(after === undefined ? {} : { after }) });
        for (const { id, bytes, at, label } of page.items) yield { id, bytes, at, label: `${kind} ${id}: ${label}` };
        after = page.next;
      }
    },
    remove: async (items) => (await housekeeping.remove(kind, items)).left,
  }));
}
