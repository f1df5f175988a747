// What the host decides: who may do what, and to which jobs.
import type { Job } from '@phraseworks/sdk';
import type { Context } from 'hono';
import type { Where } from '../store/job-filter.ts';

/** `view` reads; `add` adds jobs; `operate` acts on jobs, and pauses and resumes types, lanes and schedules; `administer` changes schedules, plugins and settings, and reads the log. */
export type Action = 'view' | 'add' | 'operate' | 'administer';
/** The subject of the decision: a job, or the job to add. For pages and settings of a plugin it names the plugin; for a list it is empty. */
export interface Subject {
  type?: string;
  plugin?: string | null;
  data?: unknown;
  /** The name of the schedule, if the subject is one; then `type`, `plugin` and `data` describe the jobs it adds. */
  schedule?: string;
  /** The job, if it exists; then `type`, `plugin` and `data` are its own. */
  job?: Job;
}
/**
 * `true`: allowed. `{ user }`: allowed, and named in the audit log; with `where` only for those jobs.
 * `false`: 403. `null`: 401.
 */
export type Verdict = boolean | null | { user?: string; where?: Where };
/** The host's decision. A throw denies. */
export type Authorize = (c: Context, action: Action, subject: Subject) => Verdict | Promise<Verdict>;
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
  /** `authorize` looked at the subject, so its answer may differ from job to job: ask again with each job. */
  perJob?: boolean;
}
