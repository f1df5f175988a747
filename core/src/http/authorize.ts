// What the host decides: who may do what, and to which jobs.
import type { Action, Verdict } from '@phraseworks/sdk';
import type { Context } from 'hono';

/** The host's decision. A throw denies. */
export type Authorize = (c: Context, action: Action) => Verdict | Promise<Verdict>;
