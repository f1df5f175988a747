// The service Housekeeping: lets plugins remove the system's own rows, in pages and short transactions.
import {
  type Housekeeping,
  type HousekeepingItem,
  type HousekeepingKind,
  type HousekeepingQuery,
  JobsError,
} from '@phraseworks/sdk';
import { type Clock, yieldToEventLoop } from '../kernel/clock.ts';
import {
  type CommitRow,
  type FinishedRow,
  type HousekeepingStore,
  type KeptUpload,
  type Left,
  PAGE,
} from '../store/housekeeping-store.ts';
import type { UploadRow } from '../store/upload-store.ts';

/** Milliseconds. Keep recent events for clients that reconnect. */
const EVENTS_KEPT = 600_000;
/** Milliseconds. Keep recent uploads: their job may not be stored yet. */
const UPLOADS_KEPT = 3_600_000;

interface HousekeepingNeeds {
  store: HousekeepingStore;
  /** Rows of uploads. */
  uploads: { jobWith(row: UploadRow): Promise<string | undefined>; bind(ids: string[], jobId: string): Promise<void> };
  /** Files of uploads. */
  files: { removeForJobs(jobIds: readonly string[]): Promise<void>; forget(ids: readonly string[]): Promise<void> };
  clock: Clock;
}

interface Kind {
  find(query: HousekeepingQuery): AsyncIterable<HousekeepingItem>;
  remove(items: readonly HousekeepingItem[]): Promise<Left>;
}

export function createHousekeeping(needs: HousekeepingNeeds): Housekeeping {
  const kinds: Record<HousekeepingKind, Kind> = {
    jobs: jobsKind(needs),
    logs: logsKind(needs),
    events: eventsKind(needs),
    uploads: uploadsKind(needs),
  };
  const kindOf = (kind: HousekeepingKind): Kind => {
    if (Object.hasOwn(kinds, kind)) return kinds[kind];
    throw new JobsError('INVALID_DATA', `housekeeping: the kind must be one of ${Object.keys(kinds).join(', ')}`);
  };
  return {
    find: (kind, query) => {
      if (!Number.isFinite(query.before))
        throw new JobsError('INVALID_DATA', 'housekeeping: before must be milliseconds since 1970');
      return kindOf(kind).find(query);
    },
    remove: async (kind, items) => {
      const { remove } = kindOf(kind);
      const left: Left = [];
      for (let from = 0; from < items.length; from += PAGE) {
        if (from > 0) await yieldToEventLoop(needs.clock);
        left.push(...(await remove(items.slice(from, from + PAGE))));
      }
      return left;
    },
  };
}

/** All rows, page by page; `read` returns those after the last one of the page before. */
async function* pagesOf<R>(read: (after?: R) => Promise<R[]>, signal?: AbortSignal): AsyncGenerator<R[]> {
  for (let after: R | undefined; ; ) {
    signal?.throwIfAborted();
    const rows = await read(after);
    yield rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1);
  }
}

function jobsKind({ store, files, clock }: HousekeepingNeeds): Kind {
  return {
    async *find({ before, signal }) {
      for await (const rows of pagesOf((after?: FinishedRow) => store.finished(before, after), signal)) {
        const parts = await store.bytesOf(rows.map(({ id }) => id));
        for (const { id, type, state, at, bytes } of rows)
          yield { id, at, bytes: bytes + (parts.get(id)?.bytes ?? 0), label: `${type}, ${state}` };
      }
    },
    remove: async (items) => {
      const left = await store.removeJobs(items, clock.now());
      const stays = new Set(left.filter(({ reason }) => reason !== 'gone').map(({ id }) => id));
      // Include jobs that were already gone: the process that removed them may have crashed before it removed their files.
      await files.removeForJobs(items.map(({ id }) => id).filter((id) => !stays.has(id)));
      return left;
    },
  };
}

function logsKind({ store, clock }: HousekeepingNeeds): Kind {
  return {
    async *find({ before, signal }) {
      for await (const rows of pagesOf((after?: FinishedRow) => store.finished(before, after), signal)) {
        const logs = await store.bytesOf(
          rows.map(({ id }) => id),
          'pwj_logs',
        );
        for (const { id, type, at } of rows) {
          const log = logs.get(id);
          if (log) yield { id, at, bytes: log.bytes, label: `${type}, ${log.rows} lines` };
        }
      }
    },
    remove: (items) => store.removeLogs(items, clock.now()),
  };
}

function eventsKind({ store, clock }: HousekeepingNeeds): Kind {
  return {
    async *find({ before, signal }) {
      const oldest = Math.min(before, clock.now() - EVENTS_KEPT);
      for await (const rows of pagesOf((after?: CommitRow) => store.events(oldest, after), signal))
        for (const { seq, at, kinds, bytes } of rows) yield { id: String(seq), at, bytes, label: kinds };
    },
    remove: (items) => store.removeEvents(items),
  };
}

function uploadsKind({ store, uploads, files, clock }: HousekeepingNeeds): Kind {
  /** A job may own the file even if the row does not say so. */
  const isOrphan = async ({ there, ...row }: KeptUpload): Promise<boolean> => {
    if (row.job_id !== null) return !there;
    const job = await uploads.jobWith(row);
    if (job !== undefined) await uploads.bind([row.id], job);
    return job === undefined;
  };
  return {
    async *find({ before, signal }) {
      const oldest = Math.min(before, clock.now() - UPLOADS_KEPT);
      for await (const rows of pagesOf((after?: KeptUpload) => store.uploads(after), signal))
        for (const row of rows)
          if (row.created_at < oldest && (await isOrphan(row)))
            yield { id: row.id, at: row.created_at, bytes: row.size, label: row.name };
    },
    remove: async (items) => {
      const rows = new Map((await store.uploadsOf(items.map(({ id }) => id))).map((row) => [row.id, row]));
      const left: Left = [];
      const orphans: string[] = [];
      for (const { id, at } of items) {
        const row = rows.get(id);
        if (!row) left.push({ id, reason: 'gone' });
        else if (row.created_at >= clock.now() - UPLOADS_KEPT) left.push({ id, reason: 'in_use' });
        else if (row.created_at !== at || !(await isOrphan(row))) left.push({ id, reason: 'changed' });
        else orphans.push(id);
      }
      await files.forget(orphans);
      return left;
    },
  };
}
