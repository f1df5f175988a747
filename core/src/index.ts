// What the CMS holds.
export { createJobs, defineConfig, type JobsConfig, type JobsOptions } from './create-jobs.ts';
export type {
  DisableOptions,
  Info,
  JobFilter,
  JobPage,
  JobsHost,
  PluginStatus,
  PluginsApi,
  Role,
  ScheduleInfo,
  SchedulesApi,
  TypeInfo,
  WhyNot,
} from './host.ts';
export type { Action, Authorize, Verdict } from './http/deps.ts';
export type { Level } from './logger.ts';
