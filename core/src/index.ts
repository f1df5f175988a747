// The public API of @phraseworks/jobs.

export type { Action, Verdict } from '@phraseworks/sdk';
export type {
  FailureGroup,
  Failures,
  JobPage,
  PauseInfo,
  PluginStatus,
  ScheduleDetail,
  ScheduleInfo,
  TypeInfo,
  WhyNot,
} from '@phraseworks/sdk/client';
export { createJobs, defineConfig, type JobsConfig, type JobsOptions } from './create-jobs.ts';
export type { Authorize } from './http/authorize.ts';
export type {
  DisableOptions,
  Info,
  JobsHost,
  PluginsApi,
  Role,
  ScheduleChange,
  SchedulesApi,
  UpgradeServer,
} from './jobs-host.ts';
export type { Level, LogFormat } from './kernel/logger.ts';
export type { NewPause, PausesApi } from './queue/pauses.ts';
export type { JobView } from './queue/view.ts';
export type { JobFilter } from './store/job-filter.ts';
