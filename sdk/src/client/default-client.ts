// The specification's functions at module level: those of one client for the whole page.
import { type Client, createClient } from './client.ts';
import type { ClientOptions } from './options.ts';

let current: Client | undefined;

/** The client of the functions below; made when it is first needed. */
export function defaultClient(): Client {
  current ??= createClient();
  return current;
}

/** Where the jobs are, and how to authenticate. Call it before you follow anything: it closes the client before it. */
export function configureClient(options: ClientOptions): Client {
  current?.close();
  current = createClient(options);
  return current;
}

export const addJob: Client['addJob'] = (job, options) => defaultClient().addJob(job, options);
export const getJobStatus: Client['getJobStatus'] = (jobId) => defaultClient().getJobStatus(jobId);
export const getJobHistory: Client['getJobHistory'] = (jobId) => defaultClient().getJobHistory(jobId);
export const cancelJob: Client['cancelJob'] = (jobId) => defaultClient().cancelJob(jobId);
export const getQueueMetrics: Client['getQueueMetrics'] = () => defaultClient().getQueueMetrics();
export const followJob: Client['followJob'] = (jobId) => defaultClient().followJob(jobId);
export const subscribe: Client['subscribe'] = (...args) => defaultClient().subscribe(...args);
export const initWebSocket: Client['initWebSocket'] = (tabId, handler) => defaultClient().initWebSocket(tabId, handler);
