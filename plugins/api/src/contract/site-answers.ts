// Response schemas for schedules, plugins and the system; job-answers.ts has those for jobs.
import { ERRORS, type ErrorCode } from '@phraseworks/sdk';
import { BlockSchema } from '@phraseworks/sdk/blocks';
import { z } from 'zod';
import { when } from './job-answers.ts';

const names = z.array(z.string());
const pluginState = z.enum(['off', 'waiting', 'starting', 'on', 'stopping', 'failed']);
const anyObject: z.ZodType<object, object> = z.record(z.string(), z.unknown());

export const ScheduledAnswer = z.strictObject({
  name: z.string(),
  schedule: z.string(),
  timezone: z.string(),
  nextRun: when,
});

const schedule = {
  name: z.string(),
  plugin: z.string().nullable(),
  schedule: z.string(),
  timezone: z.string(),
  missed: z.union([z.literal('skip'), z.literal('once'), z.strictObject({ all: z.int() })]),
  paused: z.boolean(),
  type: z.string(),
  nextRun: when.nullable(),
  nextRuns: z.array(when),
  lastRun: when.nullable(),
  lastJob: z.string().nullable(),
};
export const ScheduleAnswer = z.strictObject(schedule);
export const SchedulesAnswer = z.strictObject({ schedules: z.array(ScheduleAnswer) });
export const ScheduleDetailAnswer = z.strictObject({
  ...schedule,
  jobData: anyObject.describe('The job that each run adds.'),
  declared: z.boolean().describe('Its plugin or the configuration declares it at every start.'),
  changed: z.boolean().describe('Edited manually; the edit lasts until the schedule is removed.'),
});
export const NextRunsAnswer = z.strictObject({ nextRuns: z.array(when) });

const plugin = z.strictObject({
  name: z.string(),
  title: z.string().nullable(),
  version: z.string().nullable(),
  description: z.string().nullable(),
  state: pluginState,
  reason: z.string().nullable(),
  alwaysOn: z.boolean().describe('It can be disabled in the configuration only.'),
  since: when,
  types: names,
  schedules: names,
  hooks: names,
  routes: names,
  panels: names,
  commands: names.describe('Commands for the command line.'),
  needs: z.array(z.strictObject({ id: z.string(), optional: z.boolean(), met: z.boolean() })),
  provides: names,
  configSchema: anyObject.nullable(),
  config: z.unknown().describe('Secrets are masked.'),
  health: z.strictObject({ hookErrors: z.int(), lastError: z.string().nullable() }),
  parkedJobs: z.int(),
  initMs: z.number().nullable(),
});
export const PluginConfigAnswer = z.strictObject({
  name: z.string(),
  configSchema: anyObject.nullable(),
  config: z.unknown().describe('Secrets are masked.'),
});
const removed = z.strictObject({
  name: z.string(),
  jobs: z.int().describe('In all states.'),
  schedules: names,
  tables: names.describe('Tables with its prefix.'),
});
export const PluginsAnswer = z.strictObject({
  plugins: z.array(plugin),
  removed: z
    .array(removed)
    .describe('Plugins that no running process has, with what they left; only those that the caller may administer.'),
});
export const PurgedAnswer = z.strictObject({
  name: z.string(),
  jobs: z.int().describe('Deleted jobs.'),
  schedules: z.int().describe('Deleted schedules.'),
  tables: names.describe('Deleted tables.'),
});
export const PluginStateAnswer = z.strictObject({ name: z.string(), state: pluginState });

const panel = { plugin: z.string(), id: z.string(), title: z.string() };
export const PanelsAnswer = z.strictObject({ panels: z.array(z.strictObject(panel)) });
export const PanelAnswer = z.strictObject({ ...panel, blocks: z.array(BlockSchema) });
export const JobViewAnswer = z.strictObject({
  blocks: z.array(BlockSchema),
  error: z.string().nullable().describe('Why blocks are missing.'),
});

export const TypesAnswer = z.strictObject({
  types: z.array(
    z.strictObject({
      type: z.string(),
      plugin: z.string().nullable(),
      state: z.enum(['ready', 'parked']),
      reason: z.string().nullable(),
      timeout: z.number().nullable(),
      maxRetries: z.number().nullable(),
      retryDelay: z.number().nullable(),
      concurrency: z.number().nullable(),
      access: z.enum(['add', 'operate', 'administer', 'none']).describe('The permission needed to add it over HTTP.'),
      mayAdd: z.boolean().describe('Whether the caller may add it; the data may still decide otherwise.'),
      schema: anyObject.nullable().describe('JSON Schema of the data.'),
      example: z.unknown(),
    }),
  ),
});

const count = z.int().min(0);
export const NodesAnswer = z.strictObject({
  nodes: z.array(
    z.strictObject({
      id: z.string(),
      hostname: z.string().nullable(),
      pid: z.int(),
      version: z.string().nullable(),
      roles: names,
      types: names.describe('The job types it runs.'),
      slots: count.describe('Maximum concurrent attempts.'),
      running: count.describe('Attempts running at its last heartbeat.'),
      stuck: count.describe('Attempts at its last heartbeat whose processor ignored the signal to stop.'),
      startedAt: when,
      heartbeatAt: when,
      live: z.boolean().describe('Its last heartbeat is within `queue.leaseDuration`.'),
    }),
  ),
});

export const PauseAnswer = z.strictObject({
  kind: z.enum(['type', 'plugin']),
  name: z.string(),
  since: when,
  by: z.string().nullable(),
  jobs: count.describe('Jobs it keeps waiting.'),
  until: when.nullable().describe('When it resumes by itself; null: not until it is resumed.'),
  reason: z.string().nullable(),
});
export const PausesAnswer = z.strictObject({ pauses: z.array(PauseAnswer) });

export const LogAnswer = z.strictObject({
  entries: z.array(
    z.strictObject({
      id: z.int(),
      at: when,
      user: z.string().nullable().describe('Null: an unnamed user. `cli:` and a name: the command line.'),
      action: z.string().describe('The `operationId`, or `pluginRoute` for a route of a plugin.'),
      target: z.string(),
      detail: z.string().nullable(),
    }),
  ),
  nextBefore: z.int().nullable(),
});

export const TicketAnswer = z.strictObject({ ticket: z.string(), expiresAt: when });

export const MeAnswer = z.strictObject({
  user: z.string().nullable(),
  may: z.strictObject({ view: z.boolean(), add: z.boolean(), operate: z.boolean(), administer: z.boolean() }),
  panels: z.array(z.strictObject(panel)).describe('As from api/panels.'),
  pages: z.array(z.string()).describe('Where plugins have pages, below the mount point.'),
  storageProblem: z
    .string()
    .nullable()
    .describe('Why jobs cannot be stored; null also for callers who see only some jobs.'),
});

export const HealthAnswer = z.strictObject({ status: z.literal('ok') });

const storageReason = z.enum([
  'disk_full',
  'read_only',
  'file_missing',
  'file_replaced',
  'damaged',
  'no_answer',
  'refused',
]);

export const ReadyAnswer = z.strictObject({
  ready: z.boolean(),
  reason: z
    .enum(['not_running', 'starting', ...storageReason.options])
    .optional()
    .describe('Why it is not ready.'),
  info: z
    .strictObject({
      engine: z.string(),
      version: z.string(),
      durability: z.string(),
      location: z.string(),
      node: z.string(),
      roles: z.array(z.enum(['web', 'worker', 'scheduler'])),
      running: z.boolean(),
      storage: z.strictObject({
        writable: z.boolean(),
        reason: storageReason.nullable(),
        message: z.string().nullable().describe('What is wrong, and what to do.'),
        since: when,
      }),
      plugins: z.record(z.string(), pluginState),
    })
    .optional()
    .describe('Only for callers who may view.'),
});

export const ProblemAnswer = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
});
