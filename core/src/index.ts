// What the CMS holds.
export { createJobs, defineConfig, type JobsConfig, type JobsOptions } from './create-jobs.ts';
export type {
  DisableOptions,
  Info,
  JobPage,
  JobsHost,
  PluginStatus,
  PluginsApi,
  Role,
  ScheduleChange,
  ScheduleDetail,
  ScheduleInfo,
  ScheduleRuns,
  SchedulesApi,
  TypeInfo,
  UpgradeServer,
  WhyNot,
} from './host.ts';
export type { Action, Authorize, HostSignIn, HostUser, Subject, Verdict } from './http/authorize.ts';
export type { Level, LogFormat } from './kernel/logger.ts';
export type { FailureGroup, Failures } from './queue/failures.ts';
export type { NewPause, PauseInfo, PausesApi } from './queue/pauses.ts';
export type { JobView } from './queue/view.ts';
export type { JobFilter } from './store/job-filter.ts';
