// The options of a client.

type MaybeToken = string | null | undefined;

export interface ClientOptions {
  /** Where the jobs are mounted: a path of this site or a full URL; `/jobs` by default. */
  base?: string;
  /** Sent as `Authorization: Bearer ...`; a function is called before each request. Without it, the page's cookies are used. */
  token?: string | (() => MaybeToken | Promise<MaybeToken>);
  /** Replace the global ones. */
  fetch?: typeof fetch;
  /** A class like the browser's; `null`: no WebSocket, poll. */
  WebSocket?: (new (url: string) => unknown) | null;
  /**
   * For pages that reload what they show: milliseconds, from 1 to 60000, for which the server leaves out events after each event,
   * and after each `onResync`, which it causes if there were any. By default every event arrives.
   */
  every?: number;
  /** Milliseconds between two polls if no WebSocket works; 3000 by default. */
  pollInterval?: number;
  /** Milliseconds without news after which a followed job is checked, since it may have been removed; 30000 by default. */
  checkInterval?: number;
  /** Milliseconds before the first reconnect, doubled each time; 500 by default, at most 30000. */
  retryDelay?: number;
  /** 0 to 1, for the jitter of reconnects. */
  random?: () => number;
}
