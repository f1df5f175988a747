// The named schemas of the API: the routes refer to them, and OpenAPI lists them as components.
import { z } from 'zod';
import * as jobs from './job-answers.ts';
import * as requests from './requests.ts';
import * as site from './site-answers.ts';

export const SCHEMAS = {
  NewJob: requests.NewJob,
  NewJobs: requests.AddBody,
  Retry: requests.RetryBody,
  Bulk: requests.BulkBody,
  Progress: requests.ProgressBody,
  NewSchedule: requests.ScheduleBody,
  ScheduleChange: requests.ScheduleChangeBody,
  Disable: requests.DisableBody,
  Config: requests.ConfigBody,
  NewPause: requests.PauseBody,
  Job: jobs.JobAnswer,
  AddedJobs: jobs.AddAnswer,
  JobPage: jobs.JobPageAnswer,
  Failures: jobs.FailuresAnswer,
  History: jobs.HistoryAnswer,
  Logs: jobs.LogsAnswer,
  Receipts: jobs.ReceiptsAnswer,
  Why: jobs.WhyAnswer,
  JobView: site.JobViewAnswer,
  Metrics: jobs.MetricsAnswer,
  ScheduledJob: site.ScheduledAnswer,
  Schedule: site.ScheduleAnswer,
  Schedules: site.SchedulesAnswer,
  ScheduleDetail: site.ScheduleDetailAnswer,
  NextRuns: site.NextRunsAnswer,
  Plugins: site.PluginsAnswer,
  Purged: site.PurgedAnswer,
  PluginState: site.PluginStateAnswer,
  PluginConfig: site.PluginConfigAnswer,
  Panels: site.PanelsAnswer,
  Panel: site.PanelAnswer,
  Types: site.TypesAnswer,
  Nodes: site.NodesAnswer,
  Pause: site.PauseAnswer,
  Pauses: site.PausesAnswer,
  Log: site.LogAnswer,
  Ticket: site.TicketAnswer,
  Me: site.MeAnswer,
  Health: site.HealthAnswer,
  Ready: site.ReadyAnswer,
  Problem: site.ProblemAnswer,
} as const satisfies Record<string, z.ZodType>;

export type SchemaName = keyof typeof SCHEMAS;

/** The value that a handler returns for this schema. */
export type AnswerOf<S extends SchemaName> = z.input<(typeof SCHEMAS)[S]>;

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
