// What the CMS holds.
export { createJobs, defineConfig, type JobsConfig, type JobsOptions } from './create-jobs.ts';
export type {
  DisableOptions,
  Info,
  JobFilter,
  JobPage,
  JobsHost,
  MetricsHistory,
  MetricsPoint,
  PluginStatus,
  PluginsApi,
  Role,
  ScheduleChange,
  ScheduleDetail,
  ScheduleInfo,
  ScheduleRuns,
  SchedulesApi,
  TypeInfo,
  WhyNot,
} from './host.ts';
export type { Action, Authorize, Subject, Verdict } from './http/deps.ts';
export type { FailureGroup, Failures } from './jobs/failures.ts';
export type { NewPause, PauseInfo, PausesApi } from './jobs/pause-control.ts';
export type { JobView } from './jobs/view.ts';
export type { Level, LogFormat } from './logger.ts';
