// The HTTP API on a hand-made host: jobs in a map, uploads in a real folder and a real database.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Job, JobsError, type NewJob } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { systemClock, systemRandom } from '../src/clock.ts';
import { openSqlite } from '../src/db/dialect/sqlite.ts';
import { migrate } from '../src/db/migrate.ts';
import { UploadStore } from '../src/db/upload-store.ts';
import type { JobsHost } from '../src/host.ts';
import { createRoutes } from '../src/http/create-routes.ts';
import type { HttpDeps } from '../src/http/deps.ts';
import { UploadFiles } from '../src/http/uploads.ts';
import { nodeInfo } from '../src/jobs/node-info.ts';

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
  close: () => Promise<void>;
}

const AT = '2026-01-01T00:00:00.000Z';

export const jobOf = (id: string, job: NewJob): Job => ({
  id,
  type: job.type,
  plugin: 'email',
  lane: 'email',
  status: 'pending',
  priority: job.priority ?? 'normal',
  summary: null,
  data: job.data,
  result: null,
  error: null,
  message: null,
  reason: null,
  progress: null,
  attempt: 0,
  crashes: 0,
  maxRetries: 3,
  retryDelay: 5_000,
  retryBackoff: 'fixed',
  timeout: 300_000,
  worker: null,
  schedule: null,
  metrics: null,
  createdAt: AT,
  runAt: null,
  startedAt: null,
  finishedAt: null,
});

const SCHEDULE = {
  name: 'email/digest',
  plugin: 'email',
  schedule: '0 9 * * *',
  timezone: 'UTC',
  missed: 'once',
  paused: false,
  type: 'email',
  nextRun: AT,
  nextRuns: [AT],
  lastRun: null,
  lastJob: null,
} as const;

const COUNTS = {
  total: 0,
  pending: 0,
  processing: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  parked: 0,
  avgProcessingTime: 0,
};

function hostOf(jobs: Map<string, Job>, calls: string[]): JobsHost {
  const called = (text: string) => calls.push(text);
  const known = (name: string) => {
    if (name !== SCHEDULE.name && name !== 'nightly')
      throw new JobsError('SCHEDULE_NOT_FOUND', 'There is no schedule of this name.');
  };
  const add = (job: NewJob): Job => {
    const made = jobOf(`job-${jobs.size + 1}`, job);
    jobs.set(made.id, made);
    return made;
  };
  const host = {
    addJob: async (job: NewJob) => add(job),
    addJobs: async (list: NewJob[]) => list.map(add),
    getJobStatus: async (id: string) => jobs.get(id) ?? null,
    getJobHistory: async () => [{ event: 'job_added', at: AT, attempt: 0, status: 'pending' }],
    getJobAttempts: async () => [],
    getJobLogs: async () => [{ attempt: 1, at: AT, level: 'info', message: 'sent' }],
    getJobReceipts: async () => [{ key: 'mail', state: 'done', attempt: 1, at: AT }],
    why: async (id: string) => ({ jobId: id, status: 'pending', why: 'It runs next.' }),
    listJobs: async (filter: object) => {
      called(`list ${JSON.stringify(filter)}`);
      return { jobs: [...jobs.values()], nextCursor: null, capped: false };
    },
    cancelJob: async (id: string) => jobs.get(id)?.status === 'pending',
    retryJob: async (id: string, options: object) => {
      called(`retry ${JSON.stringify(options)}`);
      return jobs.get(id);
    },
    runJob: async (id: string, options: object) => {
      called(`run ${JSON.stringify(options)}`);
      return jobs.get(id);
    },
    updateJobProgress: async (id: string, progress: object) => called(`progress ${id} ${JSON.stringify(progress)}`),
    getQueueMetrics: async () => ({ ...COUNTS, types: { email: COUNTS }, stuck: 0 }),
    scheduleJob: async (schedule: { name: string }) => {
      called(`schedule ${JSON.stringify(schedule)}`);
      return { name: schedule.name, schedule: '0 9 * * *', timezone: 'UTC', nextRun: AT };
    },
    types: () => [
      {
        type: 'email',
        plugin: 'email',
        lane: 'email',
        state: 'ready',
        reason: null,
        timeout: 30_000,
        maxRetries: 3,
        retryDelay: 5_000,
        concurrency: null,
        schema: {
          type: 'object',
          properties: { to: { $ref: '#/$defs/address' } },
          $defs: { address: { type: 'string' } },
        },
        example: { to: 'user@example.com' },
      },
    ],
    nodes: async () => [nodeInfo({ id: 'n1', pid: 7, startedAt: 0, heartbeatAt: 0, about: {}, live: true })],
    info: () => ({
      engine: 'SQLite',
      version: '3.53.2',
      durability: 'full',
      location: 'data/jobs.db',
      node: 'n1',
      roles: ['web'],
      running: true,
      plugins: { email: 'on' },
    }),
    schedules: {
      list: async () => [SCHEDULE],
      ...Object.fromEntries(
        ['pause', 'resume', 'remove', 'run'].map((verb) => [
          verb,
          async (name: string) => {
            known(name);
            called(`${verb} ${name}`);
            return verb === 'run' ? add({ type: 'email', data: {} }) : undefined;
          },
        ]),
      ),
    },
    plugins: {
      list: async () => [],
      enable: async () => 'on',
      disable: async (name: string, options: unknown) => {
        called(`disable ${name} ${JSON.stringify(options) ?? 'no options'}`);
        return 'off';
      },
      configure: async (name: string, config: unknown) => {
        called(`configure ${name} ${JSON.stringify(config)}`);
        return 'on';
      },
      panels: () => [{ plugin: 'email', id: 'sent', title: 'Sent' }],
      panel: async () => [{ type: 'stat', label: 'Sent', value: 3 }],
    },
  };
  return host as unknown as JobsHost;
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
  const dialect = await openSqlite(':memory:', { now: () => 0, rest: async () => undefined });
  await migrate(dialect, 0);
  const store = new UploadStore(dialect);
  const uploads = new UploadFiles({
    dir: join(dir, 'uploads'),
    store,
    clock: systemClock,
    random: systemRandom,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
  const jobs = new Map<string, Job>();
  const calls: string[] = [];
  const lines: Line[] = [];
  const log =
    (level: string) =>
    (...args: unknown[]) =>
      void lines.push({ level, text: args.map(String).join(' ') });
  const routes = createRoutes({
    host: hostOf(jobs, calls),
    ...(closed ? {} : { authorize: () => true }),
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    clock: systemClock,
    uploads,
    knownType: (type) => type === 'email' || type === 'image_process',
    dispatch: () => new Response('a plugin'),
    pages: () => undefined,
    ready: () => true,
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
    files: async () => (await readdir(dir, { recursive: true })).filter((name) => /[0-9a-f]{12}$/.test(name)),
    rows: () => dialect.db.selectFrom('pwj_uploads').select(['id', 'job_id']).execute(),
    close: async () => {
      await dialect.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
