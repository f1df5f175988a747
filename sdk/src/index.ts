// What a plugin may know. docs/plugins.md, an example or a plugin's README shows each name; what only hosts need is in host.ts.
export {
  type About,
  type Action,
  type Actor,
  AuditLog,
  type Grant,
  type Subject,
  type Verdict,
  type Where,
  type Who,
} from './access.ts';
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
export type { CommandArguments, CommandIo, CommandOption, PluginCommand } from './command.ts';
export type { Block, BlockAction, Cell } from './contract/blocks.ts';
export type {
  Attempt,
  FailureGroup,
  Failures,
  HistoryEntry,
  JobView,
  LogLine,
  QueueMetrics,
  Receipt,
  TypeMetrics,
  WhyNot,
} from './contract/jobs.ts';
export type {
  BulkAction,
  BulkRequest,
  DisableOptions,
  MissedRuns,
  NewPause,
  Progress,
  RetryOptions,
  ScheduleChange,
} from './contract/requests.ts';
export type {
  Access,
  Info,
  LogEntry,
  LogPage,
  NodeInfo,
  OfferedType,
  PanelInfo,
  PauseInfo,
  PluginSettings,
  PluginState,
  PluginStatus,
  Purged,
  Readiness,
  RemovedPlugin,
  Role,
  ScheduleDetail,
  ScheduledJob,
  ScheduleInfo,
  StorageReason,
  StorageState,
  TypeInfo,
} from './contract/site.ts';
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
  Wrapped,
  Wrapper,
} from './hooks.ts';
export type { AddJobOptions, Job, JobEvent, JobPage, JobTypes, NewJob, ParkReason } from './job.ts';
export { JobLogs, type KeptLog, type OldLog } from './job-logs.ts';
export type { AddOptions, JobsApi, Schedule } from './jobs-api.ts';
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
export type { Backoff, JobEventName, JobSort, JobState, JobStateFilter, Priority } from './options.ts';
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
  AttemptAborted,
  type JobResult,
  type Lazy,
  type Logger,
  lazy,
  type OnceOptions,
  type Processor,
  type ProcessorOptions,
  type Run,
  type RunningJob,
  type Schemas,
} from './processor.ts';
export { type Parsed, parse, type Schema } from './schema.ts';
export { type JobFilter, Jobs, Types } from './services/jobs.ts';
export { Nodes } from './services/nodes.ts';
export { Pauses } from './services/pauses.ts';
export { Plugins } from './services/plugins.ts';
export { Schedules } from './services/schedules.ts';
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
