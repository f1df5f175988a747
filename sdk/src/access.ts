// Who may do what, and with which jobs.

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
