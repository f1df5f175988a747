// The service Housekeeping: lets plugins remove the system's own rows, in pages and short transactions.
import {
  type Housekeeping,
  type HousekeepingItem,
  type HousekeepingKind,
  type HousekeepingPage,
  type HousekeepingQuery,
  JobsError,
} from '@phraseworks/sdk';
import { type Clock, yieldToEventLoop } from '../kernel/clock.ts';
import type { HousekeepingStore, Left, PageOf, Place } from '../store/housekeeping-store.ts';
import type { UploadRow } from '../store/upload-store.ts';

/** Rows per page and per transaction. */
const MOST = 500;
/** Milliseconds. Keep recent events for clients that reconnect. */
const EVENTS_KEPT = 600_000;
/** Milliseconds. Keep recent uploads: their job may not be stored yet. */
const UPLOADS_KEPT = 3_600_000;

export interface HousekeepingParts {
  store: HousekeepingStore;
  /** Rows of uploads. */
  uploads: { jobWith(row: UploadRow): Promise<string | undefined>; bind(ids: string[], jobId: string): Promise<void> };
  /** Files of uploads. */
  files: { removeForJobs(jobIds: readonly string[]): Promise<void>; forget(ids: readonly string[]): Promise<void> };
  clock: Clock;
}

interface Kind {
  find(page: PageOf): Promise<HousekeepingPage>;
  remove(items: readonly HousekeepingItem[]): Promise<Left>;
}

export function createHousekeeping(parts: HousekeepingParts): Housekeeping {
  const kinds: Record<HousekeepingKind, Kind> = {
    jobs: jobsKind(parts),
    logs: logsKind(parts),
    events: eventsKind(parts),
    uploads: uploadsKind(parts),
  };
  const kindOf = (kind: HousekeepingKind): Kind => {
    if (Object.hasOwn(kinds, kind)) return kinds[kind];
    throw new JobsError('INVALID_DATA', `housekeeping: the kind must be one of ${Object.keys(kinds).join(', ')}`);
  };
  return {
    find: async (kind, query) => kindOf(kind).find(pageOf(query)),
    remove: async (kind, items) => {
      const { remove } = kindOf(kind);
      const left: Left = [];
      for (let from = 0; from < items.length; from += MOST) {
        if (from > 0) await yieldToEventLoop(parts.clock);
        left.push(...(await remove(items.slice(from, from + MOST))));
      }
      const stays = new Set(left.map(({ id }) => id));
      const gone = items.filter(({ id }) => !stays.has(id));
      return { removed: gone.length, bytes: gone.reduce((sum, { bytes }) => sum + bytes, 0), left };
    },
  };
}

function jobsKind({ store, files, clock }: HousekeepingParts): Kind {
  return {
    find: async (page) => {
      const rows = await store.finished(page);
      const parts = await store.bytesOf(rows.map(({ id }) => id));
      const items = rows.map(({ id, type, state, at, bytes }) => {
        return { id, at, bytes: bytes + (parts.get(id)?.bytes ?? 0), label: `${type}, ${state}` };
      });
      return { items, next: nextOf(rows, page) };
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

function logsKind({ store, clock }: HousekeepingParts): Kind {
  return {
    find: async (page) => {
      const rows = await store.finished(page);
      const ids = rows.map(({ id }) => id);
      const logs = await store.bytesOf(ids, 'pwj_logs');
      const items = rows.flatMap(({ id, type, at }) => {
        const log = logs.get(id);
        return log ? [{ id, at, bytes: log.bytes, label: `${type}, ${log.rows} lines` }] : [];
      });
      return { items, next: nextOf(rows, page) };
    },
    remove: (items) => store.removeLogs(items, clock.now()),
  };
}

function eventsKind({ store, clock }: HousekeepingParts): Kind {
  return {
    find: async (page) => {
      const before = Math.min(page.before, clock.now() - EVENTS_KEPT);
      const rows = await store.events({ ...page, before });
      const items = rows.map(({ seq, at, kinds, bytes }) => ({ id: String(seq), at, bytes, label: kinds }));
      const last = rows.length === page.limit ? rows.at(-1) : undefined;
      return { items, next: last ? cursorOf({ at: last.seq, id: '' }) : null };
    },
    remove: (items) => store.removeEvents(items),
  };
}

function uploadsKind({ store, uploads, files, clock }: HousekeepingParts): Kind {
  /** A job may own the file even if the row does not say so. */
  const isOrphan = async ({ there, ...row }: UploadRow & { there: boolean }): Promise<boolean> => {
    if (row.job_id !== null) return !there;
    const job = await uploads.jobWith(row);
    if (job !== undefined) await uploads.bind([row.id], job);
    return job === undefined;
  };
  return {
    find: async ({ before, limit, after }) => {
      const oldest = Math.min(before, clock.now() - UPLOADS_KEPT);
      const rows = await store.uploads(after?.id ?? '', limit);
      const items: HousekeepingItem[] = [];
      for (const row of rows)
        if (row.created_at < oldest && (await isOrphan(row)))
          items.push({ id: row.id, at: row.created_at, bytes: row.size, label: row.name });
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return { items, next: last ? cursorOf({ at: 0, id: last.id }) : null };
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

/** The cursor of the next page; null if this page is not full. */
function nextOf(rows: readonly Place[], { limit }: PageOf): string | null {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return last ? cursorOf(last) : null;
}

const cursorOf = ({ at, id }: Place): string => `${at}/${id}`;

function pageOf({ before, limit = MOST, after }: HousekeepingQuery): PageOf {
  if (!Number.isFinite(before))
    throw new JobsError('INVALID_DATA', 'housekeeping: before must be milliseconds since 1970');
  const place = after === undefined ? null : /^(-?[0-9]{1,16})\/(.*)$/.exec(after);
  if (after !== undefined && !place)
    throw new JobsError('INVALID_DATA', 'housekeeping: after must be `next` of the previous page');
  return {
    before,
    limit: Math.min(MOST, Math.max(1, Math.floor(limit))),
    after: place && { at: Number(place[1]), id: place[2] ?? '' },
  };
}
