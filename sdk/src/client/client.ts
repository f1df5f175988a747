// A client: the functions of jobs and live events, over one connection per page.
import type { JobEvent, JobMessage, JobTypes } from '../job.ts';
import type { Named, Spelt } from '../spelling.ts';
import { eventFollow } from './event-follow.ts';
import type { EventFilter } from './follower.ts';
import { type JobEvents, jobFollow } from './job-follow.ts';
import { createJobFunctions, type JobFunctions } from './job-functions.ts';
import { createLive, type Live, type LiveState, type StateListener } from './live.ts';
import type { ClientOptions } from './options.ts';
import { createRequests, type Init } from './request.ts';
import { createTransports } from './transports.ts';

/** `resync`: events were lost; fetch your data again. */
export type LiveMessage = JobMessage | { type: 'resync' };

export interface SubscribeOptions {
  /** No event is missed from now on; called again when events resume after polling. */
  onReady?: () => void;
  /** Events were lost: fetch your data again. Called at each poll while no WebSocket works. */
  onResync?: () => void;
}

/** Refuses misspelt types in a filter. */
type SpeltIn<F extends EventFilter> = F extends { types: infer T extends readonly string[] }
  ? { types: { readonly [I in keyof T]: Spelt<T[I], JobTypes> } }
  : unknown;

/** The types of the events that match; a listed job may be of any type. */
type TypeIn<F extends EventFilter> = F extends { jobs: readonly string[] }
  ? string
  : F extends { types: readonly (infer T extends string)[] }
    ? T
    : string;

export interface Subscription {
  close(): void;
}

export interface Client extends JobFunctions {
  /**
   * Every event of a job, from first to last; ends when the job has finished, and without a final event if it is removed.
   * Throws `ClientError` if the job does not exist or must not be seen.
   */
  followJob<T extends Named<T, JobTypes> = string>(jobId: string): JobEvents<T>;
  /** Calls `handler` for each matching event from now on. Returns a function that stops this. */
  subscribe<const F extends EventFilter>(
    filter: F & SpeltIn<F>,
    handler: (event: JobEvent<TypeIn<F>>) => void,
    more?: SubscribeOptions,
  ): () => void;
  /** All events, as PhraseWorks' own client delivers them. `tabId` names the page in the server's log. */
  initWebSocket(tabId: string, handler: (message: LiveMessage) => void): Subscription;
  readonly state: LiveState;
  /** Called when the state changes; returns a function that stops this. */
  onState(listener: StateListener): () => void;
  /** Stops events until `resume()`, which then delivers the missed ones. */
  pause(): void;
  /** Ends a pause; also runs a scheduled reconnect at once. */
  resume(): void;
  /** A request to the API, returning JSON: `request('/api/plugins')`. Throws `ClientError`. */
  request<T>(path: string, init?: Init): Promise<T>;
  /** Closes the connection and ends all followers. */
  close(): void;
}

export function createClient(options: ClientOptions = {}): Client {
  const { checkInterval = 30_000, retryDelay = 500, random = Math.random } = options;
  const requests = createRequests(options);
  const functions = createJobFunctions(requests);
  const page: { clientId?: string } = {};
  const transports = createTransports({ requests, options, page, look: () => live.look() });
  const live: Live = createLive({ transports, retryDelay, random });

  return {
    ...functions,
    subscribe: (filter, handler, more) =>
      live.follow(eventFollow(filter, functions, ({ data }) => handler(data as never), more)),
    followJob: (jobId) => {
      const follow = jobFollow(jobId, { functions, checkInterval, ended: () => leave() });
      const leave = live.follow(follow);
      return follow as never;
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
