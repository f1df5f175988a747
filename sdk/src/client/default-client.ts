// The functions of jobs at module level: the page's default client.
import { type Client, createClient } from './client.ts';
import type { ClientOptions } from './options.ts';

let current: Client | undefined;

/** The client of the functions below; created on first use. */
export function defaultClient(): Client {
  current ??= createClient();
  return current;
}

/** Sets the address and authentication. Call it before you follow anything: it closes the previous client. */
export function configureClient(options: ClientOptions): Client {
  current?.close();
  current = createClient(options);
  return current;
}

export const addJob: Client['addJob'] = (job, options) => defaultClient().addJob(job, options);
export const getJobStatus: Client['getJobStatus'] = (jobId) => defaultClient().getJobStatus(jobId);
export const getJobHistory: Client['getJobHistory'] = (jobId) => defaultClient().getJobHistory(jobId);
export const cancelJob: Client['cancelJob'] = (jobId) => defaultClient().cancelJob(jobId);
export const signalJob: Client['signalJob'] = (jobId, key, data) => defaultClient().signalJob(jobId, key, data);
export const getQueueMetrics: Client['getQueueMetrics'] = () => defaultClient().getQueueMetrics();
export const followJob: Client['followJob'] = (jobId) => defaultClient().followJob(jobId);
export const subscribe: Client['subscribe'] = (filter, handler, more) =>
  defaultClient().subscribe(filter, handler, more);
export const initWebSocket: Client['initWebSocket'] = (tabId, handler) => defaultClient().initWebSocket(tabId, handler);
