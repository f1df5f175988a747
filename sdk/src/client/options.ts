// What a client is made with.

type MaybeToken = string | null | undefined;

export interface ClientOptions {
  /** Where the jobs are mounted: a path of this site or a whole URL; `/jobs` by default. */
  base?: string;
  /** Sent as `Authorization: Bearer ...`; a function is asked before each request. Without it the page's cookies speak. */
  token?: string | (() => MaybeToken | Promise<MaybeToken>);
  /** In place of the global ones. */
  fetch?: typeof fetch;
  /** A class like the browser's; `null`: none, so that events come as a stream. */
  WebSocket?: (new (url: string) => unknown) | null;
  /** Milliseconds between two looks where neither WebSocket nor stream gets through; 3000 by default. */
  pollInterval?: number;
  /** Milliseconds without news after which a followed job is looked at: it may have been removed; 30000 by default. */
  checkInterval?: number;
  /** Milliseconds before the first new attempt to connect, doubled with each further one; 500 by default, at most 30000. */
  retryDelay?: number;
  /** From 0 to 1, for the spread of new attempts. */
  random?: () => number;
}
