// The HTTP API on a hand-made host: jobs in a map, uploads in a real folder and a real database.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { turn } from '../../testing/src/manual-clock.ts';
import { createRoutes } from '../src/http/create-routes.ts';
import type { HttpDeps } from '../src/http/route.ts';
import { UploadFiles } from '../src/http/uploads.ts';
import { systemClock, systemRandom } from '../src/kernel/clock.ts';
import { Folder } from '../src/storage/folder.ts';
import { LogStore } from '../src/store/log-store.ts';
import { migrate } from '../src/store/migrate.ts';
import { SignIn } from '../src/store/sign-in-store.ts';
import { openSqlite } from '../src/store/sqlite/engine.ts';
import { UploadStore } from '../src/store/upload-store.ts';
import { hostOf } from './stand-host.ts';

export { jobOf } from './stand-host.ts';

export interface Line {
  level: string;
  text: string;
}

export interface Stand {
  /** A host with the job system mounted at `/jobs`. */
  app: Hono;
  routes: Hono;
  jobs: Map<string, Job>;
  /** What was called on the host: `pause digest`. */
  calls: string[];
  lines: Line[];
  /** Names in the folder of uploads, those that are still coming in included. */
  files: () => Promise<string[]>;
  rows: () => Promise<{ id: string; job_id: string | null }[]>;
  uploads: UploadFiles;
  signIn: SignIn;
  close: () => Promise<void>;
}

interface Change extends Partial<HttpDeps> {
  maxBytes?: number;
  /** Leave `authorize` out. */
  closed?: boolean;
}

/** Everybody may do everything, unless `change` says otherwise. */
export async function createStand(change: Change = {}): Promise<Stand> {
  const { maxBytes, closed = false, ...deps } = change;
  const dir = await mkdtemp(join(tmpdir(), 'uploads-'));
  const dialect = await openSqlite(':memory:', { now: () => 0, rest: turn, turn, after: () => () => {} });
  await migrate(dialect, 0);
  const store = new UploadStore(dialect);
  const lines: Line[] = [];
  const line =
    (level: string) =>
    (...args: unknown[]) =>
      void lines.push({ level, text: args.map(String).join(' ') });
  const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const uploads = new UploadFiles({
    files: new Folder(join(dir, 'uploads'), () => systemClock.now()),
    store,
    clock: systemClock,
    random: systemRandom,
    log,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
  const jobs = new Map<string, Job>();
  const calls: string[] = [];
  const signIn = new SignIn({ dialect, clock: systemClock, random: systemRandom });
  const routes = createRoutes({
    host: hostOf(jobs, calls),
    ...(closed ? {} : { authorize: () => true }),
    signIn,
    log,
    clock: systemClock,
    uploads,
    logStore: new LogStore(dialect, systemClock),
    arePluginsStarting: () => false,
    typeOf: (type) => (type === 'email' || type === 'image_process' ? { plugin: 'email', access: 'add' } : null),
    dispatch: () => new Response('a plugin'),
    pages: () => [],
    ready: () => true,
    storage: async () => ({ writable: true, reason: null, message: null, since: '2026-01-01T00:00:00.000Z' }),
    ...deps,
  });
  const app = new Hono();
  app.route('/jobs', routes);
  app.get('*', (c) => c.text('the site'));

  return {
    app,
    routes,
    jobs,
    calls,
    lines,
    uploads,
    signIn,
    files: async () => (await readdir(dir, { recursive: true })).filter((name) => /[0-9a-f]{12}$/.test(name)),
    rows: () => dialect.db.selectFrom('pwj_uploads').select(['id', 'job_id']).execute(),
    close: async () => {
      await dialect.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
