// What the host decides: who may do what, and to which jobs.
import type { Action, Verdict, Where } from '@phraseworks/sdk';
import type { Context } from 'hono';

/** The host's decision. A throw denies. */
export type Authorize = (c: Context, action: Action) => Verdict | Promise<Verdict>;
/** Whom a token of the host belongs to. */
export interface HostUser {
  /** Named in the log of who did what. */
  user: string;
  /** What the user may do, with every job or, with `where`, with those jobs alone. */
  may: readonly Action[];
  where?: Where;
}
/** Null: the token is not valid. A throw denies. */
export type HostSignIn = (token: string) => HostUser | null | Promise<HostUser | null>;
