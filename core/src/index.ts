// The public API of @phraseworks/jobs.

export type {
  Action,
  DisableOptions,
  FailureGroup,
  Failures,
  Info,
  JobFilter,
  JobPage,
  JobView,
  NewPause,
  PauseInfo,
  PluginStatus,
  Role,
  ScheduleChange,
  ScheduleDetail,
  ScheduleInfo,
  TypeInfo,
  Verdict,
  WhyNot,
} from '@phraseworks/sdk';
export { createJobs, defineConfig, type JobsConfig, type JobsOptions } from './create-jobs.ts';
export type { Authorize } from './http/guard.ts';
export type { JobsHost, OfSite, UpgradeServer } from './jobs-host.ts';
export type { Level, LogFormat } from './kernel/logger.ts';
