// The sources of an action: files of a root, the logs of jobs, or a plugin's own, added with the filter `cleanup:actions`.
import type { JobLogs } from '@phraseworks/sdk';

/** An item that may be removed. */
export interface CleanupItem {
  /** The id by which its source finds it again; at most 4,096 characters. */
  id: string;
  /** One line for people. */
  label: string;
  bytes: number;
  /** Milliseconds since 1970: its age counts from here. */
  at: number;
  /** What must be unchanged when a stored list is run: a version, a checksum. At most 200 characters. */
  mark?: string;
}

export interface CleanupFind {
  /** Only older entries; milliseconds since 1970. */
  before: number;
  /** Fires when the job is to stop. */
  signal: AbortSignal;
  /** Reports what could not be looked at; `reason` is a code such as `EACCES`, or a few words. */
  problem(label: string, reason: string): void;
  /** How far the search is, 0 to 1; for the progress of the job. */
  tell(fraction: number): void;
}

/** The reason of items that were not tried because the signal fired; no failure. */
export const STOPPED = 'stopped';

/** `gone` (it had been removed already) and `stopped` are no failures; everything else is. */
export interface CleanupLeft {
  id: string;
  reason: string;
}

export interface CleanupSource {
  /** Unique, and the same with every start: `shop/old-carts`. */
  name: string;
  /** The action it belongs to: one of the three, or a new one of the form `shop/carts`. */
  action: string;
  /** For people. */
  title: string;
  /** `'30 days'`: never less than this, whatever the job says; none by default. */
  atLeast?: string;
  /** The items that may be removed, oldest first if possible. Must not change anything. */
  find(about: CleanupFind): AsyncIterable<CleanupItem>;
  /**
   * Removes exactly these items, at most 500, and returns those it left. Items that changed since they were found stay, as `changed`.
   * When the signal fires, it stops and returns the rest as `stopped`.
   */
  remove(items: readonly CleanupItem[], about: { signal: AbortSignal }): Promise<readonly CleanupLeft[]>;
}

declare module '@phraseworks/sdk' {
  interface Filters {
    /** Add sources: `ctx.addFilter('cleanup:actions', (sources) => [...sources, mine])`. Asked anew for each job. */
    'cleanup:actions': [CleanupSource[], { action: string }];
  }
}

/** A filter may return anything. */
export function isSource(value: unknown): value is CleanupSource {
  const { name, action, title, find, remove } = (value ?? {}) as Partial<CleanupSource>;
  return (
    typeof name === 'string' &&
    name.length <= 1_000 &&
    typeof action === 'string' &&
    typeof title === 'string' &&
    typeof find === 'function' &&
    typeof remove === 'function'
  );
}

/** The log lines of finished jobs. */
export const logSource = (logs: JobLogs): CleanupSource => ({
  name: 'rows:logs',
  action: 'remove_old_logs',
  title: 'log lines of finished jobs',
  async *find({ before, signal }) {
    for await (const { label, ...log } of logs.find({ before, signal }))
      yield { ...log, label: `logs ${log.id}: ${label}` };
  },
  remove: (items) => logs.remove(items),
});
