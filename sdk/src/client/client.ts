// A client: the functions of the specification and live events, over one connection for the whole page.
import type { JobEvent, JobMessage } from '../job.ts';
import { eventFollow } from './event-follow.ts';
import type { EventFilter } from './follower.ts';
import { type JobEvents, jobFollow } from './job-follow.ts';
import { createJobFunctions, type JobFunctions } from './job-functions.ts';
import { createLive, type Live, type LiveState, type StateListener } from './live.ts';
import type { ClientOptions } from './options.ts';
import { createRequests, type Init } from './request.ts';
import { createWays } from './ways.ts';

/** `resync`: events were lost; fetch what you show anew. */
export type LiveMessage = JobMessage | { type: 'resync' };

export interface SubscribeOptions {
  /** From this moment on no event is missed; called again when events come after a time in which jobs were only looked at. */
  onReady?: () => void;
  /** Events were lost: fetch what you show anew. */
  onResync?: () => void;
}

export interface Subscription {
  close(): void;
}

export interface Client extends JobFunctions {
  /**
   * Every event of a job, from its first to its end; ends at once when the job is over, and without a last event when it is
   * removed. Throws `ClientError` for a job that is not there, or that may not be seen.
   */
  followJob(jobId: string): JobEvents;
  /** Calls `handler` for each event that fits, from now on. Answers what ends it. */
  subscribe(filter: EventFilter, handler: (event: JobEvent) => void, more?: SubscribeOptions): () => void;
  /** All events, as PhraseWorks' own client gives them. `tabId` names the page in the log of the server. */
  initWebSocket(tabId: string, handler: (message: LiveMessage) => void): Subscription;
  readonly state: LiveState;
  /** Told when the state changes; answers what ends that. */
  onState(listener: StateListener): () => void;
  /** No events until `resume()`, which then brings what was missed. */
  pause(): void;
  /** Ends a pause; also tries at once what would be tried later. */
  resume(): void;
  /** A request to the API, answered as JSON: `request('/api/plugins')`. Throws `ClientError`. */
  request<T>(path: string, init?: Init): Promise<T>;
  /** Ends all that follows. */
  close(): void;
}

export function createClient(options: ClientOptions = {}): Client {
  const { checkInterval = 30_000, retryDelay = 500, random = Math.random } = options;
  const requests = createRequests(options);
  const functions = createJobFunctions(requests);
  const page: { clientId?: string } = {};
  const ways = createWays({ requests, options, page, look: () => live.look() });
  const live: Live = createLive({ ways, retryDelay, random });

  return {
    ...functions,
    subscribe: (filter, handler, more) =>
      live.follow(eventFollow(filter, functions, ({ data }) => handler(data), more)),
    followJob: (jobId) => {
      const follow = jobFollow(jobId, { functions, checkInterval, ended: () => leave() });
      const leave = live.follow(follow);
      return follow;
    },
    initWebSocket: (tabId, handler) => {
      page.clientId ??= tabId;
      const close = live.follow(eventFollow({}, functions, handler, { onResync: () => handler({ type: 'resync' }) }));
      return { close };
    },
    get state() {
      return live.state;
    },
    onState: live.onState,
    pause: live.pause,
    resume: live.wake,
    request: requests.json,
    close: live.close,
  };
}
