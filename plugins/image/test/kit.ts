// What the tests of this plugin share: a clock by hand, a database in memory, a folder that goes away, a server on loopback.
import { readdir } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PluginClock, Progress, RunningJob, StorageTarget, StoredUpload, Uploads } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { createStorage } from '../../files/src/storage.ts';
import { addressGuard } from '../src/address-guard.ts';
import { ImageConfig } from '../src/config.ts';
import type { Outputs } from '../src/outputs.ts';
import { outputsTable } from '../src/outputs.ts';
import type { Picture, Work } from '../src/pipeline.ts';
import { type Pool, poolOf } from '../src/pool.ts';
import type { ImageTools } from '../src/processor.ts';
import type { RenderTools } from '../src/rendered.ts';
import { type Database as ImageDatabase, tables } from '../src/tables.ts';

export { temporaryFolder } from '../../../test/support/folder.ts';

const START = 1_767_225_600_000;

export function manualClock(): PluginClock & { advance(ms: number): void } {
  let now = START;
  const timers = new Set<{ at: number; fn: () => void }>();
  return {
    now: () => now,
    iso: (ms = now) => new Date(ms).toISOString(),
    rest: async () => {},
    after(ms, fn) {
      const timer = { at: now + ms, fn };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      now += ms;
      for (const timer of timers) if (timer.at <= now && timers.delete(timer)) timer.fn();
    },
  };
}

export const realClock: PluginClock = {
  now: () => Date.now(),
  iso: (ms = Date.now()) => new Date(ms).toISOString(),
  rest: async () => {},
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};

/** The names of all files, however deep. */
export const filesBelow = async (root: string): Promise<string[]> =>
  (await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

export async function memoryOutputs(): Promise<Outputs> {
  const db = new Kysely({ dialect: new SqliteDialect({ database: new Database(':memory:') }) }) as ImageDatabase;
  onTestFinished(() => db.destroy());
  for (const { create } of tables) await create.up(db);
  return outputsTable(db, async () => false);
}

/** A server on 127.0.0.1; the answer is its port and how many connections it has seen. */
export async function listen(handler: RequestListener, host = '127.0.0.1') {
  let connections = 0;
  const server = createServer(handler).on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** What a step is given, with the limits as they are by default but for `limits`. */
export function work(limits: Partial<Work['limits']> = {}): Work {
  return { limits: { ...ImageConfig.parse({}).limits, ...limits }, turn: (pipeline) => pipeline() };
}

/** What the files of a job are made with. */
export const renderTools = (more: Partial<RenderTools> = {}): RenderTools => ({
  jobId: 'job-1',
  font: undefined,
  work: work(),
  progress: async () => {},
  readMark: async () => Buffer.alloc(0),
  ...more,
});

/** A source of one frame as the steps get it. */
export async function picture(data: Buffer): Promise<Picture> {
  const { readHead } = await import('../src/head.ts');
  return { ...(await readHead(data, work())), data, channels: null, frames: 1 };
}

/** `receipts`: what earlier attempts of the same job have done once. */
export function runningJob(
  id: string,
  receipts = new Map<string, unknown>(),
): RunningJob & { told: Progress[]; abort(reason: unknown): void } {
  const abort = new AbortController();
  const told: Progress[] = [];
  return {
    id,
    type: 'image_process',
    attempt: 1,
    maxRetries: 3,
    isLast: false,
    createdAt: '2026-01-01T00:00:00.000Z',
    signal: abort.signal,
    log: quiet,
    told,
    abort: (reason) => abort.abort(reason),
    progress: async (progress) => void told.push(progress),
    limited: () => {
      throw new Error('limited');
    },
    results: async () => ({}),
    async once(key, fn) {
      if (!receipts.has(key)) receipts.set(key, await fn());
      return receipts.get(key) as never;
    },
    transaction: async (work) => work(undefined as never),
    complete: () => {},
    sleep: async () => {},
    waitFor: async () => null as never,
    linkFor: async () => '',
  };
}

const uploadsOf = (files: readonly StoredUpload[]): Pick<Uploads, 'open'> => ({
  async open(reference) {
    const id = typeof reference === 'string' ? reference : reference.upload;
    const file = files.find(({ upload }) => upload === id);
    if (!file) throw new JobsError('NOT_FOUND', 'no such upload');
    return file;
  },
});

interface Settings {
  config?: Record<string, unknown>;
  uploads?: readonly StoredUpload[];
}

const pools = new Map<string, Pool>();

/** Its processes stay from test to test, and end with this one: each takes a second to start. */
function warmPool({ cores, limits, font }: ImageConfig): Pool {
  const key = JSON.stringify([cores, limits, font]);
  const pool = pools.get(key) ?? poolOf({ cores, limits, font }, realClock);
  pools.set(key, pool);
  return pool;
}

/** What a processor is given, on a real folder and a real database. */
export async function imageTools({ config = {}, uploads = [] }: Settings = {}) {
  const { root = await temporaryFolder(), s3, ...more } = config as { root?: string; s3?: StorageTarget['s3'] };
  const settings = ImageConfig.parse(more);
  const clock = manualClock();
  const outputs = await memoryOutputs();
  const guard = addressGuard({ allowHosts: settings.allowHosts });
  const files = createStorage({}, Date).open('files', { folder: root, s3 });
  return {
    config: settings,
    clock,
    pool: warmPool(settings),
    outputs,
    guard,
    files,
    uploads: uploadsOf(uploads),
  } satisfies ImageTools;
}
