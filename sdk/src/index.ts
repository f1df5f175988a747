// What a plugin may know. docs/plugins.md, an example or a plugin's README shows each name; what only hosts need is in host.ts.
export type { About, Action, Actor, Grant, Subject, Verdict, Where, Who } from './access.ts';
export {
  add,
  addAction,
  addFilter,
  addJob,
  addJobs,
  applyFilters,
  cancelJob,
  doAction,
  getJobHistory,
  getJobStatus,
  getQueueMetrics,
  handleError,
  recordJobMetrics,
  registerProcessor,
  removeAction,
  scheduleJob,
  unscheduleJob,
  updateJobProgress,
} from './ambient.ts';
export type {
  FailureGroup,
  Failures,
  JobPage,
  LogEntry,
  LogPage,
  NodeInfo,
  OfferedType,
  PanelInfo,
  PauseInfo,
  PluginStatus,
  Purged,
  RemovedPlugin,
  ScheduleDetail,
  ScheduleInfo,
  TypeInfo,
  WhyNot,
} from './answers.ts';
export { block } from './block.ts';
export type { CommandArguments, CommandIo, CommandOption, PluginCommand } from './command.ts';
export { dailyFigures } from './daily.ts';
export { type DefinedJob, defineJob } from './define-job.ts';
export { escapeMarkup, formatDuration, oneLine, parseDuration, readableBytes } from './duration.ts';
export { discard, ERRORS, type ErrorCode, type FieldError, JobsError, snooze, systemCode, Veto } from './errors.ts';
export { type FailureReason, Figures, type FiguresBetween, type JobFigures, type SlowJob } from './figures.ts';
export type {
  Actions,
  AttemptEnd,
  AttemptToRun,
  Dispose,
  Figure,
  Filters,
  HookOptions,
  HooksApi,
  JobsToAdd,
  PluginState,
  StorageReason,
  StorageState,
  Wrapped,
  Wrapper,
} from './hooks.ts';
export type {
  AddJobOptions,
  Attempt,
  Backoff,
  HistoryEntry,
  Job,
  JobEvent,
  JobEventName,
  JobSort,
  JobState,
  JobStateFilter,
  JobTypes,
  LogLine,
  NewJob,
  ParkReason,
  Priority,
  Progress,
  QueueMetrics,
  RetryOptions,
  TypeMetrics,
} from './job.ts';
export { JobLogs, type KeptLog, type OldLog } from './job-logs.ts';
export type { AddOptions, JobsApi, MissedRuns, Schedule, ScheduledJob } from './jobs-api.ts';
export type { AdditionJoiner, JoinedAddition } from './joining.ts';
export {
  type EndedJob,
  type EndedQuery,
  Monitor,
  type MonitoredNode,
  type ScheduleFact,
  type StoredChanges,
  type SystemSnapshot,
} from './monitor.ts';
export {
  type AnyPlugin,
  DatabasePlace,
  definePlugin,
  Pages,
  type Panel,
  type PluginApp,
  type PluginClock,
  type PluginConfigs,
  type PluginContext,
  type PluginDefinition,
  type PluginVariables,
  type RouteContext,
  SDK_VERSION,
} from './plugin.ts';
export {
  type AbortCause,
  type Access,
  AttemptAborted,
  type Block,
  type BlockAction,
  type Cell,
  type JobResult,
  type Lazy,
  type Logger,
  lazy,
  type OnceOptions,
  type Processor,
  type ProcessorOptions,
  type Receipt,
  type Run,
  type RunningJob,
  type Schemas,
} from './processor.ts';
export { type Parsed, parse, type Schema } from './schema.ts';
export { AuditLog } from './services/audit-log.ts';
export { JobReader } from './services/job-reader.ts';
export { Types } from './services/job-types.ts';
export { type BulkAction, type BulkRequest, type JobFilter, Jobs, type JobView } from './services/jobs.ts';
export { type Info, Nodes, type Readiness, type Role } from './services/nodes.ts';
export { type NewPause, Pauses } from './services/pauses.ts';
export { type DisableOptions, type PluginSettings, Plugins } from './services/plugins.ts';
export { type ScheduleChange, Schedules } from './services/schedules.ts';
export { SignIn, type SignInRequest } from './sign-in.ts';
export {
  type BucketOptions,
  checkFileKey,
  type FileBody,
  type FileStore,
  isFileKey,
  isStorageError,
  type PutOptions,
  Storage,
  StorageError,
  type StorageErrorCode,
  type StorageTarget,
  type StoredFile,
} from './storage.ts';
export {
  type AnyTable,
  type Column,
  column,
  defineTable,
  type Migration,
  type PluginDatabase,
  type RowOf,
  type Table,
} from './table.ts';
export { lend, type Needs, optional, type Token, token } from './token.ts';
export {
  isUpload,
  type ReceivedFile,
  type StoredUpload,
  type UploadForm,
  type UploadReference,
  Uploads,
} from './uploads.ts';
