// The host that the HTTP API stands on in tests: jobs in a map, and a list of what was called.
import { type Job, JobsError, type NewJob } from '@phraseworks/sdk';
import { nodeInfo } from '../src/instance.ts';
import type { JobsHost } from '../src/jobs-host.ts';

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

const DETAIL = { ...SCHEDULE, jobData: { type: 'email', data: {} }, declared: true, changed: false };

const PAUSE = {
  kind: 'type',
  name: 'email',
  since: AT,
  by: 'ada',
  jobs: 2,
  schedules: ['email/digest'],
  until: null,
  reason: null,
} as const;

export function hostOf(jobs: Map<string, Job>, calls: string[]): JobsHost {
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
    listJobs: async (filter: object) => {
      called(`list ${JSON.stringify(filter)}`);
      return { jobs: [...jobs.values()], nextCursor: null, capped: false };
    },
    cancelJob: async (id: string) => jobs.get(id)?.status === 'pending',
    runJob: async (id: string, options: object) => {
      called(`run ${JSON.stringify(options)}`);
      return jobs.get(id);
    },
    bulk: async (data: object) => add({ type: 'jobs.bulk', data }),
    deleteJob: async (id: string) => called(`delete ${id}`),
    updateJobProgress: async (id: string, progress: object) => called(`progress ${id} ${JSON.stringify(progress)}`),
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
        access: 'add',
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
      storage: { writable: true, reason: null, message: null, since: AT },
      plugins: { email: 'on' },
    }),
    pauses: {
      list: async () => [PAUSE],
      pause: async (pause: object) => {
        called(`pause ${JSON.stringify(pause)}`);
        return PAUSE;
      },
      resume: async (kind: string, name: string) => called(`resume ${kind} ${name}`),
    },
    schedules: {
      list: async () => [SCHEDULE],
      get: async (name: string) => {
        known(name);
        return DETAIL;
      },
      runs: async (span: object) => {
        called(`runs ${JSON.stringify(span)}`);
        return [{ name: SCHEDULE.name, at: [AT], capped: false, added: [] }];
      },
      preview: () => ['2026-01-05T09:00:00.000Z'],
      change: async (name: string, change: object) => {
        known(name);
        called(`change ${name} ${JSON.stringify(change)}`);
        return DETAIL;
      },
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
      enable: async () => 'on',
      disable: async (name: string, options: unknown) => {
        called(`disable ${name} ${JSON.stringify(options) ?? 'no options'}`);
        return 'off';
      },
      settings: async (name: string) => ({ name, configSchema: { type: 'object' }, config: {} }),
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
