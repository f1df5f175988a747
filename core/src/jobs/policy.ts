// Which time-out, retries and delays a job gets: its own, else the site's for its type, else its plugin's, else the queue's.
import type { Backoff, RetryOptions } from '@phraseworks/sdk';
import type { QueueSettings } from '../config.ts';

export interface Policy {
  timeout: number;
  maxRetries: number;
  retryDelay: number;
  backoff: Backoff;
}

type Layer = { [K in keyof RetryOptions]?: RetryOptions[K] | undefined };

/** From the strongest to the weakest: the job's own, what the site says of its type, what the plugin says. */
export function policyFor(queue: QueueSettings, job: Layer, site: Layer | undefined, plugin: Layer): Policy {
  return {
    timeout: job.timeout ?? site?.timeout ?? plugin.timeout ?? queue.jobTimeout,
    maxRetries: job.maxRetries ?? site?.maxRetries ?? plugin.maxRetries ?? queue.defaultRetries,
    retryDelay: job.retryDelay ?? site?.retryDelay ?? plugin.retryDelay ?? queue.defaultRetryDelay,
    backoff: job.retryBackoff ?? site?.retryBackoff ?? plugin.retryBackoff ?? 'fixed',
  };
}
