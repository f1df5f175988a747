// The links of `job.linkFor()`: what they are for, and who shows their page.
import type { Awaitable } from './processor.ts';
import { token } from './token.ts';

/** One link. */
export interface SignalLink {
  /** Why it is of no use now; null if it is. */
  readonly closed: string | null;
  /** The JSON Schema of the data that it takes; null: any. */
  readonly schema: Record<string, unknown> | null;
  /** Works once. Throws `INVALID_DATA`, `INVALID_STATE`, `LINK_CLOSED`. */
  send(data: unknown): Promise<void>;
}

/** A service of the core, for everybody who has a link. */
export interface SignalLinks {
  /**
   * Throws `NOT_FOUND` for a link that was not made here, or whose job is gone; `LINK_CLOSED` for one that was used, is too late, or belongs to an
   * earlier run of a job that was started over.
   */
  open(id: string, key: string, code: string): Promise<SignalLink>;
}
export const SignalLinks = token<SignalLinks>('core/signal-links');

/** Provided by the plugin `api`: answers GET and POST to `/signals/ID/CODE?key=KEY` below the mount point. Only a POST may send the signal. */
export interface SignalPages {
  answer(request: Request): Awaitable<Response>;
}
export const SignalPages = token<SignalPages>('site/signal-pages');
