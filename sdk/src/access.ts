// Who may do what, and with which jobs; and who did what.
import type { LogQuery } from './contract/requests.ts';
import type { LogPage } from './contract/site.ts';
import { token } from './token.ts';

/** `view` reads; `add` adds jobs; `operate` acts on jobs, and pauses and resumes types, plugins and schedules; `administer` changes schedules, plugins and settings, and reads the log. */
export type Action = 'view' | 'add' | 'operate' | 'administer';

/**
 * Jobs of these types, of these plugins, added by these schedules (`plugin/name`), with these values in their data
 * (`{ owner: 'ada', 'site.id': 7 }`). All given conditions must match.
 */
export interface Where {
  types?: readonly string[];
  plugins?: readonly string[];
  schedules?: readonly string[];
  data?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * `true`: allowed. `{ user }`: allowed, and named in the audit log; with `where` only for those jobs.
 * `false`: 403. `null`: 401.
 */
export type Verdict = boolean | null | { user?: string; where?: Where };

/** What a right is asked about: a job, a job to add, or a schedule and the jobs it adds. `where` is compared with it. */
export interface Subject {
  type?: string | undefined;
  plugin?: string | null | undefined;
  schedule?: string | null | undefined;
  data?: unknown;
}

/** A subject; or `some`: at least some jobs. Without it, a right is asked for everything, which a caller with `where` does not have. */
export type About = Subject | 'some';

/** What the site allows the caller of a request. */
export interface Grant {
  /** The name that the site gave. */
  user: string | undefined;
  /** Only these jobs; undefined: all. */
  where?: Where | undefined;
}

/** The caller of one request: the core makes it, and a plugin gets it from `ctx.authorize()`. It asks the site once for each action. */
export interface Actor {
  /** The name that the site gave with its last answer. */
  readonly user: string | undefined;
  /** Fires when the caller no longer waits for the answer. */
  readonly signal: AbortSignal;
  /** Never throws a refusal. */
  may(action: Action, about?: About): Promise<boolean>;
  /** Throws `UNAUTHORIZED`, `FORBIDDEN`. */
  require(action: Action, about?: About): Promise<Grant>;
}

/** A part of the site's work: the history of a job names `by`, and `where` limits it to these jobs. */
export interface SiteWork {
  by: string;
  where?: Where;
  /** Starts no jobs of these types again. */
  without?: readonly string[];
}

/** Who asks a service: the caller of a request, or the site itself, which may do everything and is not written to the audit log. */
export type Who = Actor | SiteWork | 'system';

/** A service of the core: `needs: { audit: AuditLog }`. The services write down every change that a caller makes. Entries are kept for 90 days. */
export interface AuditLog {
  /** Newest first; `limit` is 50 by default; `before`: only entries older than this id. Needs `administer`. */
  list(who: Who, page?: LogQuery): Promise<LogPage>;
  /** What a caller did beside what the services write down themselves. Never throws. */
  add(actor: Actor, entry: { action: string; target: string; detail?: string | null }): Promise<void>;
}
export const AuditLog = token<AuditLog>('core/audit-log');
