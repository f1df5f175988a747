// React hooks for jobs: useJob, useJobs, useQueueMetrics, useUpload.
export type { JobsProviderProps } from './provider.ts';
export { JobsProvider, useJobsClient } from './provider.ts';
export type { UploadState } from './uploader.ts';
export { useConnection } from './use-connection.ts';
export type { ShownJob } from './use-job.ts';
export { useJob } from './use-job.ts';
export type { ShownJobs } from './use-jobs.ts';
export { useJobs } from './use-jobs.ts';
export type { ShownMetrics } from './use-queue-metrics.ts';
export { useQueueMetrics } from './use-queue-metrics.ts';
export type { Upload, UploadOptions } from './use-upload.ts';
export { useUpload } from './use-upload.ts';
