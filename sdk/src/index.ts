// What a plugin may know: all of some files, and of others these names. docs/reference.md lists them; what only hosts need is in host.ts.
export * from './access.ts';
export {
  add,
  addAction,
  addBatch,
  addFilter,
  addGraph,
  addJob,
  addJobs,
  applyFilters,
  cancelAbout,
  cancelJob,
  deleteJobs,
  doAction,
  getBatch,
  getJobHistory,
  getJobStatus,
  getQueueMetrics,
  handleError,
  recordJobMetrics,
  registerProcessor,
  removeAction,
  scheduleJob,
  signalJob,
  unscheduleJob,
  updateJobProgress,
} from './ambient.ts';
export type { Batch, BatchEnd, Callback, GraphJob, NewBatch } from './batch.ts';
export { block } from './block.ts';
export * from './command.ts';
export type { BatchInfo, BatchPage, JobLinks, LinkedJob } from './contract/batches.ts';
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
  Content,
  DeadlineOptions,
  DisableOptions,
  LimitChange,
  MissedRuns,
  NewPause,
  Progress,
  RetryOptions,
  ScheduleChange,
} from './contract/requests.ts';
export type {
  Access,
  Info,
  LimitInfo,
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
export { dailyFigures } from './daily.ts';
export * from './define-job.ts';
export * from './duration.ts';
export { discard, ERRORS, type ErrorCode, type FieldError, JobsError, snooze, systemCode, Veto } from './errors.ts';
export { type FailureReason, Figures, type FiguresBetween, type JobFigures, type SlowJob } from './figures.ts';
export { fillBatch } from './fill-batch.ts';
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
export type { AddJobOptions, AddOptions, Job, JobEvent, JobPage, JobTypes, NewJob, ParkReason } from './job.ts';
export * from './job-logs.ts';
export type { JobsApi, Schedule } from './jobs-api.ts';
export * from './joining.ts';
export type { LimitRule } from './limit.ts';
export * from './monitor.ts';
export { nearest } from './nearest.ts';
export type { Backoff, JobEventName, JobSort, JobState, JobStateFilter, Priority } from './options.ts';
export {
  type AnyPlugin,
  DatabasePlace,
  definePlugin,
  type FramedPage,
  PageFrame,
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
  type Retention,
  type Run,
  type RunningJob,
  type Schemas,
  type SignalOf,
  type WaitOptions,
} from './processor.ts';
export { type Parsed, parse, type Schema } from './schema.ts';
export { type SearchWord, searchWords } from './search-words.ts';
export * from './services/batches.ts';
export * from './services/jobs.ts';
export * from './services/limits.ts';
export * from './services/nodes.ts';
export * from './services/pauses.ts';
export * from './services/plugins.ts';
export * from './services/schedules.ts';
export * from './sign-in.ts';
export * from './signal-links.ts';
export * from './storage.ts';
export * from './table.ts';
export { lend, type Needs, optional, type Token, token } from './token.ts';
export type { AddOutcome, Time, Unique } from './unique.ts';
export * from './uploads.ts';
export { fits } from './where.ts';
