// The browser client: jobs over HTTP, and their live events. No dependencies, nothing from Node.
export type * from '../contract/index.ts';
export type { MetricsHistory, MetricsPoint } from '../figures.ts';
export type * from '../job.ts';
export type * from '../options.ts';
export { type Client, createClient, type LiveMessage, type SubscribeOptions, type Subscription } from './client.ts';
export { ClientError } from './client-error.ts';
export * from './default-client.ts';
export type { EventFilter } from './follower.ts';
export type { JobFunctions, JobListQuery, NewClientJob, WithFiles } from './job-functions.ts';
export type { LiveState, StateListener } from './live.ts';
export type { ClientOptions } from './options.ts';
export type { UploadOptions, UploadProgress } from './send-job.ts';
