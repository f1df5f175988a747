// The named schemas of the API: the routes refer to them, and OpenAPI lists them as components.
import * as contract from '@phraseworks/sdk/contract';
import { z } from 'zod';

export const SCHEMAS = {
  NewJob: contract.NewJobFields,
  NewJobs: contract.NewJobs,
  Retry: contract.RetryChange,
  Signal: contract.SentSignal,
  Bulk: contract.BulkRequest,
  Progress: contract.Progress,
  NewSchedule: contract.NewSchedule,
  ScheduleChange: contract.ScheduleChange,
  Disable: contract.DisableOptions,
  Config: contract.PluginChange,
  NewPause: contract.NewPause,
  LimitChange: contract.LimitChange,
  Job: contract.JobFields,
  AddedJobs: contract.AddedJobs,
  JobPage: contract.JobPageFields,
  Failures: contract.Failures,
  History: contract.History,
  Logs: contract.LogLines,
  Receipts: contract.Receipts,
  Why: contract.WhyNot,
  JobLinks: contract.JobLinks,
  JobView: contract.JobView,
  Batch: contract.BatchInfo,
  BatchPage: contract.BatchPage,
  Metrics: contract.QueueMetrics,
  ScheduledJob: contract.ScheduledJob,
  Schedule: contract.ScheduleInfo,
  Schedules: contract.Schedules,
  ScheduleDetail: contract.ScheduleDetail,
  NextRuns: contract.NextRuns,
  Plugins: contract.PluginList,
  Purged: contract.PurgedPlugin,
  PluginState: contract.StateOfPlugin,
  PluginConfig: contract.PluginSettings,
  Panels: contract.Panels,
  Panel: contract.OpenedPanel,
  Types: contract.OfferedTypes,
  Nodes: contract.NodeList,
  Pause: contract.PauseInfo,
  Pauses: contract.PauseList,
  Limit: contract.LimitInfo,
  Limits: contract.LimitList,
  Log: contract.LogPage,
  Ticket: contract.Ticket,
  Me: contract.Me,
  Health: contract.Health,
  Ready: contract.Readiness,
  Problem: contract.Problem,
} as const satisfies Record<string, z.ZodType>;

export type SchemaName = keyof typeof SCHEMAS;

/** The value that a handler gets or returns for this schema. */
export type Shape<S extends SchemaName> = z.output<(typeof SCHEMAS)[S]>;

/** A union would only report that no variant matches; the schema of the intended variant reports each wrong field. */
export function schemaFor(name: SchemaName, input: unknown): z.ZodType {
  if (name === 'NewJobs') return Array.isArray(input) ? contract.NewJobList : contract.NewJobFields;
  if (name !== 'NewSchedule') return SCHEMAS[name];
  const isNamed = typeof input === 'object' && input !== null && 'jobData' in input;
  return isNamed ? contract.NamedSchedule : contract.FlatSchedule;
}

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

/** Removes noise: the pattern beside a format, and the safe integers as limits. */
export const plain: Override = ({ jsonSchema }) => {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
};

/** Components of an OpenAPI 3.1 document; they refer to each other by `#/components/schemas/<name>`. */
export function componentSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { io: 'input', uri: (id) => `#/components/schemas/${id}`, override: plain });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
  );
}
