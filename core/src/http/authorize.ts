// What the host decides: who may do what, and to which jobs.
import type { Context } from 'hono';
import type { Where } from '../store/job-filter.ts';

/** `view` reads; `add` adds jobs; `operate` acts on jobs, and pauses and resumes types, lanes and schedules; `administer` changes schedules, plugins and settings, and reads the log. */
export type Action = 'view' | 'add' | 'operate' | 'administer';
/**
 * `true`: allowed. `{ user }`: allowed, and named in the audit log; with `where` only for those jobs.
 * `false`: 403. `null`: 401.
 */
export type Verdict = boolean | null | { user?: string; where?: Where };
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
/** The caller that `authorize` or `signIn` accepted. */
export interface Actor {
  user: string | undefined;
  /** Only these jobs. */
  where?: Where | undefined;
}
