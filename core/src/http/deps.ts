// What the HTTP API is made from, and who may do what in it.
import type { Access, Job, Logger, StorageState } from '@phraseworks/sdk';
import type { Context, Hono } from 'hono';
import type { JobsHost, Where } from '../host.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Node } from '../kernel/json-schema.ts';
import type { LogStore } from '../store/log-store.ts';
import type { SignIn } from '../store/sign-in.ts';
import type { UploadFiles } from './uploads.ts';

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
  /** The answer to a question about no job in particular may be another one for each job: ask with the job, too. */
  perJob?: boolean;
}

export interface Guard {
  /**
   * Resolves when the request may go on. Throws `UNAUTHORIZED` or `FORBIDDEN`, also for writes that another site sent, and for a
   * subject that lies outside the `where` of the answer.
   */
  (c: Context, action: Action, subject?: Subject): Promise<Actor>;
  /** For callers that apply `where` and `perJob` of the answer: lists, events and bulk actions. Elsewhere a `where` is a no. */
  limited(c: Context, action: Action): Promise<Actor>;
  /** Before the subject is known. Throws only where no subject could change the answer; false: only the subject can tell. */
  before(c: Context, action: Action): Promise<boolean>;
}

/** A job as the subject of a question. */
export const aboutJob = (job: Job): Subject => ({
  type: job.type,
  plugin: job.plugin,
  data: job.data,
  ...(job.schedule === null ? {} : { schedule: job.schedule }),
  job,
});

/** What a plugin's app gets with a request. */
export interface CallVariables extends Actor {
  /** The path the job system is mounted at, without a slash at its end: `/jobs`, or nothing. */
  base: string;
  /** On a page: this person may view some jobs only. */
  limited?: boolean;
}

/** The pages of one plugin. */
export interface PluginPages {
  /** Where they are: `/api/docs`, or nothing for the mount point. */
  at: string;
  /** The path of the request counts from there. */
  fetch(request: Request, variables: CallVariables): Response | Promise<Response>;
}

export interface HttpDeps {
  host: JobsHost;
  /** Without it only who signed in is let in. */
  authorize?: Authorize;
  signIn: SignIn;
  /** Other origins (`https://cms.example.com`) whose pages may send writes with cookies. */
  origins?: readonly string[];
  log: Logger;
  clock: Clock;
  uploads: UploadFiles;
  /** Who did what. */
  logStore: LogStore;
  /** A type of the application or of a plugin, on or off; null when it has no owner. */
  typeOf(type: string): { plugin: string | null; access: Access; schema?: Node | null } | null;
  /**
   * Hands a request to a plugin's `routes` or `publicRoutes`; its path counts from the plugin's own root.
   * Throws `PLUGIN_NOT_FOUND`, `PLUGIN_OFF`.
   */
  dispatch(
    plugin: string,
    kind: 'routes' | 'public',
    request: Request,
    variables: CallVariables,
  ): Response | Promise<Response>;
  /** The pages of the plugins that are on; the shortest place first. */
  pages(): readonly PluginPages[];
  /** Mounts the WebSocket, the event stream and the tickets. */
  live?: (app: Hono, guard: Guard) => void;
  /** Can jobs be taken and run? */
  ready(): boolean;
  /** Can jobs be stored? Answers within three seconds. */
  storage(): Promise<StorageState>;
}
