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

/** `layers` from the strongest to the weakest. */
export function policyFor(queue: QueueSettings, ...layers: readonly (Layer | undefined)[]): Policy {
  const first = <K extends keyof Layer>(key: K) => layers.find((layer) => layer?.[key] !== undefined)?.[key];
  return {
    timeout: first('timeout') ?? queue.jobTimeout,
    maxRetries: first('maxRetries') ?? queue.defaultRetries,
    retryDelay: first('retryDelay') ?? queue.defaultRetryDelay,
    backoff: first('retryBackoff') ?? 'fixed',
  };
}
