// What the host decides: who may do what, and to which jobs.
import type { Job } from '@phraseworks/sdk';
import type { Context } from 'hono';
import type { Where } from '../store/job-filter.ts';

/** `view` reads; `add` adds jobs; `operate` acts on jobs, and pauses and resumes types, lanes and schedules; `administer` changes schedules, plugins and settings, and reads the log. */
export type Action = 'view' | 'add' | 'operate' | 'administer';
/** What is asked about: a job, or what will become one. Of a plugin's pages and settings it names the plugin; for a list it is empty. */
export interface Subject {
  type?: string;
  plugin?: string | null;
  data?: unknown;
  /** The name of the schedule, where there is one; then `type`, `plugin` and `data` are those of the jobs it adds. */
  schedule?: string;
  /** The job, where there is one; then `type`, `plugin` and `data` are its own. */
  job?: Job;
}
/**
 * `true`: allowed. `{ user }`: allowed, and named in the log of who did what; with `where` for those jobs alone.
 * `false`: 403. `null`: 401.
 */
export type Verdict = boolean | null | { user?: string; where?: Where };
/** The host's decision. A throw denies. */
export type Authorize = (c: Context, action: Action, subject: Subject) => Verdict | Promise<Verdict>;
/** Whom `authorize` let in. */
export interface Actor {
  user: string | undefined;
  /** Only these jobs. */
  where?: Where | undefined;
  /** `authorize` looked at the subject, so its answer may differ from job to job: ask again with each job. */
  perJob?: boolean;
}
