// What the host decides: who may do what, and to which jobs.
import type { Action, Verdict, Where } from '@phraseworks/sdk';
import type { Context } from 'hono';

/** The host's decision. A throw denies. */
export type Authorize = (c: Context, action: Action) => Verdict | Promise<Verdict>;
/** The caller that was let in. */
export interface Actor {
  user: string | undefined;
  /** Only these jobs. */
  where?: Where | undefined;
}
