// The answers about schedules, plugins and the system.
import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { Block } from './blocks.ts';
import { count, when } from './jobs.ts';
import { MissedRuns, NewPause, type ScheduledFields } from './requests.ts';

const names = z.array(z.string());
const anyObject: z.ZodType<object, object> = z.record(z.string(), z.unknown());

export const ScheduledJob = z.strictObject({
  name: z.string(),
  schedule: z.string(),
  timezone: z.string(),
  /** ISO 8601 in UTC. */
  nextRun: when,
});
export interface ScheduledJob extends z.infer<typeof ScheduledJob> {}

export const ScheduleInfo = z.strictObject({
  name: z.string(),
  plugin: z.string().nullable(),
  schedule: z.string(),
  timezone: z.string(),
  missed: MissedRuns,
  paused: z.boolean(),
  type: z.string(),
  /** ISO 8601 in UTC; null while paused or while its plugin is off. */
  nextRun: when.nullable(),
  /** The next five. */
  nextRuns: z.array(when),
  lastRun: when.nullable(),
  lastJob: z.string().nullable(),
});
export interface ScheduleInfo extends z.infer<typeof ScheduleInfo> {}

/** One schedule with the job that it adds. */
export const ScheduleDetail = z.strictObject({
  ...ScheduleInfo.shape,
  jobData: (anyObject as z.ZodType<ScheduledFields, ScheduledFields>).describe('The job that each run adds.'),
  /** Declared by its plugin or the configuration. */
  declared: z.boolean().describe('Its plugin or the configuration declares it at every start.'),
  /** Edited manually; deleting the schedule restores the declared one at the next start. */
  changed: z.boolean().describe('Edited manually; the edit lasts until the schedule is removed.'),
});
export interface ScheduleDetail extends z.infer<typeof ScheduleDetail> {}

export const Schedules = z.strictObject({ schedules: z.array(ScheduleInfo) });
export const NextRuns = z.strictObject({ nextRuns: z.array(when) });

export const PluginState = z.enum(['off', 'waiting', 'starting', 'on', 'stopping', 'failed']);
/** Each with a reason and a time in `plugins.list()`. */
export type PluginState = z.infer<typeof PluginState>;

export const PluginStatus = z.strictObject({
  name: z.string(),
  title: z.string().nullable(),
  version: z.string().nullable(),
  description: z.string().nullable(),
  state: PluginState,
  reason: z.string().nullable(),
  /** It cannot be disabled at run time. */
  alwaysOn: z.boolean().describe('It can be disabled in the configuration only.'),
  since: when,
  types: names,
  schedules: names,
  hooks: names,
  routes: names,
  panels: names,
  /** Commands for the command line. */
  commands: names.describe('Commands for the command line.'),
  needs: z.array(z.strictObject({ id: z.string(), optional: z.boolean(), met: z.boolean() })),
  provides: names,
  /** JSON Schema of the config, if the schema library offers it. */
  configSchema: anyObject.nullable(),
  /** Secrets are masked; null while unknown. */
  config: z.unknown().describe('Secrets are masked.'),
  health: z.strictObject({ hookErrors: z.int(), lastError: z.string().nullable() }),
  parkedJobs: z.int(),
  initMs: z.number().nullable(),
});
export interface PluginStatus extends z.infer<typeof PluginStatus> {}

export const PluginSettings = z.strictObject({
  name: z.string(),
  /** Null if the schema library offers none. */
  configSchema: anyObject.nullable(),
  /** Secrets are masked. */
  config: z.unknown().describe('Secrets are masked.'),
});
export interface PluginSettings extends z.infer<typeof PluginSettings> {}

/** What a plugin that no running process has left in the database. */
export const RemovedPlugin = z.strictObject({
  name: z.string(),
  /** In all states. */
  jobs: z.int().describe('In all states.'),
  /** Names without the plugin prefix. */
  schedules: names,
  /** Tables that begin with the plugin's prefix. */
  tables: names.describe('Tables with its prefix.'),
});
export interface RemovedPlugin extends z.infer<typeof RemovedPlugin> {}

export const PluginList = z.strictObject({
  plugins: z.array(PluginStatus),
  removed: z
    .array(RemovedPlugin)
    .describe('Plugins that no running process has, with what they left; only those that the caller may administer.'),
});

/** What a purge deleted. */
export const Purged = z.strictObject({
  jobs: z.int().describe('Deleted jobs.'),
  schedules: z.int().describe('Deleted schedules.'),
  tables: names.describe('Deleted tables.'),
});
export interface Purged extends z.infer<typeof Purged> {}
export const PurgedPlugin = z.strictObject({ name: z.string(), ...Purged.shape });

export const StateOfPlugin = z.strictObject({ name: z.string(), state: PluginState });

export const PanelInfo = z.strictObject({ plugin: z.string(), id: z.string(), title: z.string() });
export interface PanelInfo extends z.infer<typeof PanelInfo> {}
export const Panels = z.strictObject({ panels: z.array(PanelInfo) });
export const OpenedPanel = z.strictObject({ ...PanelInfo.shape, blocks: z.array(Block) });
export interface OpenedPanel extends z.infer<typeof OpenedPanel> {}

export const Access = z.enum(['add', 'operate', 'administer', 'none']);
/** The right needed to add a job over HTTP; `none`: it cannot be added over HTTP. */
export type Access = z.infer<typeof Access>;

const kept = z.number().nullable();

export const TypeInfo = z.strictObject({
  type: z.string(),
  plugin: z.string().nullable(),
  state: z.enum(['ready', 'parked']),
  reason: z.string().nullable(),
  timeout: z.number().nullable(),
  maxRetries: z.number().nullable(),
  retryDelay: z.number().nullable(),
  concurrency: z.number().nullable(),
  /** Its jobs have keys, which a new job may name. */
  keyed: z.boolean().describe('Its jobs have keys, which a new job may name.'),
  /** Milliseconds that its jobs are kept after their end; null: for ever. */
  retention: z
    .strictObject({ completed: kept, failed: kept, cancelled: kept })
    .describe('Milliseconds that its jobs are kept after their end; null: for ever.'),
  /** The right needed to add it over HTTP. */
  access: Access.describe('The permission needed to add it over HTTP.'),
  /** JSON Schema of the data, if the schema library offers it. */
  schema: anyObject.nullable().describe('JSON Schema of the data.'),
  example: z.unknown(),
});
export interface TypeInfo extends z.infer<typeof TypeInfo> {}

/** Of a type, with whether the caller may add jobs of it. */
export const OfferedType = z.strictObject({
  ...TypeInfo.shape,
  mayAdd: z.boolean().describe('Whether the caller may add it; the data may still decide otherwise.'),
});
export interface OfferedType extends z.infer<typeof OfferedType> {}
export const OfferedTypes = z.strictObject({ types: z.array(OfferedType) });

/** A process that uses the database. */
export const NodeInfo = z.strictObject({
  id: z.string(),
  /** Null if its report is damaged; so is `version`. */
  hostname: z.string().nullable(),
  pid: z.int(),
  version: z.string().nullable(),
  roles: names,
  types: names.describe('The job types it runs.'),
  /** Concurrent attempts. */
  slots: count.describe('Maximum concurrent attempts.'),
  /** Attempts running at its last heartbeat. */
  running: count.describe('Attempts running at its last heartbeat.'),
  /** Attempts whose processor ignored its signal and was still running then. */
  stuck: count.describe('Attempts at its last heartbeat whose processor ignored the signal to stop.'),
  /** ISO 8601 in UTC. */
  startedAt: when,
  heartbeatAt: when,
  /** It sent a heartbeat within `queue.leaseDuration`. */
  live: z.boolean().describe('Its last heartbeat is within `queue.leaseDuration`.'),
});
export interface NodeInfo extends z.infer<typeof NodeInfo> {}
export const NodeList = z.strictObject({ nodes: z.array(NodeInfo) });

export const PauseInfo = z.strictObject({
  kind: NewPause.shape.kind,
  name: z.string(),
  /** ISO 8601 in UTC. */
  since: when,
  by: z.string().nullable(),
  /** Jobs that wait because of it, including delayed ones. */
  jobs: count.describe('Jobs it keeps waiting.'),
  /** When it resumes by itself, ISO 8601 in UTC; null: not until it is resumed. */
  until: when.nullable().describe('When it resumes by itself; null: not until it is resumed.'),
  reason: z.string().nullable(),
});
export interface PauseInfo extends z.infer<typeof PauseInfo> {}
export const PauseList = z.strictObject({ pauses: z.array(PauseInfo) });

export const LimitInfo = z.strictObject({
  name: z.string(),
  /** Those that this process knows. */
  types: z.array(z.strictObject({ type: z.string(), running: count, waiting: count })),
  /** The path in the data for whose values the numbers count; null: they count for all jobs together. */
  by: z.string().nullable(),
  concurrency: z.int().nullable(),
  rate: z.strictObject({ n: z.int(), per: z.int().describe('Milliseconds.') }).nullable(),
  /** An administrator changed the numbers. */
  isChanged: z.boolean(),
  running: count,
  /** Jobs that started in the last `rate.per`. */
  started: count.describe('Jobs that started in the last `rate.per`.'),
  /** Jobs that could run but for this limit, and those that wait for a worker. */
  waiting: count,
  /** A job closed it until then. */
  closedUntil: when.nullable().describe('A job closed it until then.'),
  /** With `by`: the values for which most jobs wait, at most 20. */
  values: z.array(z.strictObject({ value: z.string(), running: count, waiting: count, closedUntil: when.nullable() })),
});
export interface LimitInfo extends z.infer<typeof LimitInfo> {}
export const LimitList = z.strictObject({ limits: z.array(LimitInfo) });

export const LogEntry = z.strictObject({
  id: z.int(),
  at: when,
  /** Null: a person without a name. `cli:` and a name: on the command line. */
  user: z.string().nullable().describe('Null: an unnamed user. `cli:` and a name: the command line.'),
  action: z.string().describe('The `operationId`, or `pluginRoute` for a route of a plugin.'),
  target: z.string(),
  detail: z.string().nullable(),
});
export interface LogEntry extends z.infer<typeof LogEntry> {}

export const LogPage = z.strictObject({
  /** Newest first. */
  entries: z.array(LogEntry),
  nextBefore: z.int().nullable(),
});
export interface LogPage extends z.infer<typeof LogPage> {}

export const Ticket = z.strictObject({ ticket: z.string(), expiresAt: when });

/** What the caller may do. */
export const Rights = z.strictObject({
  view: z.boolean(),
  add: z.boolean(),
  operate: z.boolean(),
  administer: z.boolean(),
});
export interface Rights extends z.infer<typeof Rights> {}

export const Me = z.strictObject({
  user: z.string().nullable(),
  may: Rights,
  panels: z.array(PanelInfo).describe('As from api/panels.'),
  pages: names.describe('Where plugins have pages, below the mount point.'),
  storageProblem: z
    .string()
    .nullable()
    .describe('Why jobs cannot be stored; null also for callers who see only some jobs.'),
});

export const Health = z.strictObject({ status: z.literal('ok') });

export const StorageReason = z.enum([
  'disk_full',
  'read_only',
  'file_missing',
  'file_replaced',
  'damaged',
  'no_answer',
  'refused',
]);
/** Why a process cannot store jobs: `no_answer` if the database cannot be reached or does not answer in time, `refused` if it refuses this user. */
export type StorageReason = z.infer<typeof StorageReason>;

/** Can this process store jobs? */
export const StorageState = z.strictObject({
  writable: z.boolean(),
  /** Null while it can, like `message`, which says what to do. */
  reason: StorageReason.nullable(),
  message: z.string().nullable().describe('What is wrong, and what to do.'),
  /** When this was determined; ISO 8601 in UTC. */
  since: when,
});
export interface StorageState extends z.infer<typeof StorageState> {}

export const Role = z.enum(['web', 'worker', 'scheduler']);
export type Role = z.infer<typeof Role>;

export const Info = z.strictObject({
  engine: z.string(),
  version: z.string(),
  /** As read back from the connection; `full`: a commit waits for the disk. */
  durability: z.string(),
  location: z.string(),
  node: z.string(),
  roles: z.array(Role),
  running: z.boolean(),
  /** Can jobs be stored, as of the last write? `readiness()` tests it. */
  storage: StorageState,
  plugins: z.record(z.string(), PluginState),
  failures: z.record(z.string(), z.string()).describe('Of each plugin that failed: why, and when it is tried again.'),
});
export interface Info extends z.infer<typeof Info> {}

export const Readiness = z.strictObject({
  /** Jobs can be stored, claimed and run. */
  ready: z.boolean(),
  /** Why it is not ready. */
  reason: z
    .enum(['not_running', ...StorageReason.options])
    .exactOptional()
    .describe('Why it is not ready.'),
  /** Only for callers who may `view`. */
  info: Info.exactOptional().describe('Only for callers who may view.'),
});
export interface Readiness extends z.infer<typeof Readiness> {}

export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).exactOptional(),
});
export interface Problem extends z.infer<typeof Problem> {}
