// What hosts of plugins need, the core and the test kit, and the helper types that compilers write into declarations. Not for plugins: it may change in any release.
export { type Ambient, ambient } from './ambient.ts';
export { Discard, Limited, Snooze, Waiting } from './errors.ts';
export type { AboutOf, JobFact, PayloadOf, ValueOf } from './hooks.ts';
export type { DataOf, HostTransaction, JobOf, ParsedDataOf, ResultOf } from './job.ts';
export { hint, isTypo, unknownFields, unknownOptions } from './nearest.ts';
export { BACKOFFS, FILTER_STATES, JOB_SORTS, JOB_STATES, LIMITS, PRIORITIES } from './options.ts';
export { OWN_PLUGINS, type PluginModule } from './plugin.ts';
export type {
  AddedData,
  AddedJob,
  AnyJob,
  Awaitable,
  JobDefinition,
  Jsonified,
  ParsedData,
  ResultFrom,
  RunAny,
  TypedJob,
  TypeOptions,
} from './processor.ts';
export { fits } from './range.ts';
export { type AnySchema, errorText, fieldPath, type InputOf, type OutputOf, parseNow } from './schema.ts';
export type { DidYouMean, Known, Named, Spelt } from './spelling.ts';
export type { Lent, Resolved } from './token.ts';
export { fitsKind, valueAt } from './where.ts';
