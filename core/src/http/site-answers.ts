// The shapes of answers about schedules, plugins and the system, for the description of the API.
import type { ErrorCode } from '@phraseworks/sdk';
import { z } from 'zod';
import { ERRORS } from '../errors.ts';
import { when } from './job-answers.ts';

const names = z.array(z.string());
const pluginState = z.enum(['off', 'waiting', 'starting', 'on', 'stopping', 'failed']);
const anyObject = z.record(z.string(), z.unknown());

export const ScheduledAnswer = z.strictObject({
  name: z.string(),
  schedule: z.string(),
  timezone: z.string(),
  nextRun: when,
});

export const ScheduleAnswer = z.strictObject({
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
});
export const SchedulesAnswer = z.strictObject({ schedules: z.array(ScheduleAnswer) });

const plugin = z.strictObject({
  name: z.string(),
  title: z.string().nullable(),
  version: z.string().nullable(),
  description: z.string().nullable(),
  state: pluginState,
  reason: z.string().nullable(),
  since: when,
  types: names,
  schedules: names,
  hooks: names,
  routes: names,
  panels: names,
  commands: names.describe('Of the command line.'),
  needs: z.array(z.strictObject({ id: z.string(), optional: z.boolean(), met: z.boolean() })),
  provides: names,
  configSchema: anyObject.nullable(),
  config: z.unknown().describe('Secrets are masked.'),
  health: z.strictObject({ hookErrors: z.int(), lastError: z.string().nullable() }),
  parkedJobs: z.int(),
  initMs: z.number().nullable(),
});
export const PluginsAnswer = z.strictObject({ plugins: z.array(plugin) });
export const PluginStateAnswer = z.strictObject({ name: z.string(), state: pluginState });

const panel = { plugin: z.string(), id: z.string(), title: z.string() };
const cell = z.union([z.string(), z.number(), z.null(), z.strictObject({ text: z.string(), href: z.string() })]);
const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('stat'), label: z.string(), value: z.union([z.string(), z.number()]) }),
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('table'), columns: names, rows: z.array(z.array(cell)) }),
  z.strictObject({ type: z.literal('image'), src: z.string(), alt: z.string(), caption: z.string().optional() }),
  z.strictObject({ type: z.literal('action'), label: z.string(), post: z.string(), confirm: z.string().optional() }),
]);
export const PanelsAnswer = z.strictObject({ panels: z.array(z.strictObject(panel)) });
export const PanelAnswer = z.strictObject({ ...panel, blocks: z.array(block) });

export const TypesAnswer = z.strictObject({
  types: z.array(
    z.strictObject({
      type: z.string(),
      plugin: z.string().nullable(),
      lane: z.string(),
      state: z.enum(['ready', 'parked']),
      reason: z.string().nullable(),
      timeout: z.number().nullable(),
      maxRetries: z.number().nullable(),
      retryDelay: z.number().nullable(),
      concurrency: z.number().nullable(),
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
      lanes: z.record(z.string(), z.int().nullable()).describe('The lanes it claims from, each with its limit.'),
      types: names.describe('The types that it runs.'),
      slots: count.describe('Attempts at once.'),
      running: count.describe('Attempts that ran at its last heartbeat.'),
      draining: z.boolean().describe('It has been asked to claim nothing more.'),
      startedAt: when,
      heartbeatAt: when,
      live: z.boolean().describe('It has been heard of within `queue.leaseDuration`.'),
    }),
  ),
});

export const TicketAnswer = z.strictObject({ ticket: z.string(), expiresAt: when });

export const MeAnswer = z.strictObject({
  user: z.string().nullable(),
  may: z.strictObject({ view: z.boolean(), add: z.boolean(), operate: z.boolean(), administer: z.boolean() }),
});

export const HealthAnswer = z.strictObject({ status: z.literal('ok') });

export const ReadyAnswer = z.strictObject({
  ready: z.boolean(),
  info: z
    .strictObject({
      engine: z.string(),
      version: z.string(),
      durability: z.string(),
      location: z.string(),
      node: z.string(),
      roles: z.array(z.enum(['web', 'worker', 'scheduler'])),
      running: z.boolean(),
      plugins: z.record(z.string(), pluginState),
    })
    .optional()
    .describe('Only for those who may view.'),
});

export const ProblemAnswer = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
});
