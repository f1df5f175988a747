// One route of the API. `job-routes.ts` and its neighbours pass a description (path, right, schemas, answer) and a function that does
// the work; out comes a route whose handler checks the caller's rights, then query and body, calls the function, sends its value and
// writes the audit entry. `create-routes.ts` mounts the table of these routes, and `openapi.ts` describes the API from it.
import type { Action } from '@phraseworks/sdk';
import {
  type Access,
  type ErrorCode,
  type Job,
  JobsError,
  type Logger,
  type NewJob,
  parse,
  type Schema,
  type SignIn,
  type StorageState,
  type Uploads,
} from '@phraseworks/sdk';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import type { JobsHost } from '../jobs-host.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf, notFound } from '../kernel/errors.ts';
import type { Node } from '../kernel/json-schema.ts';
import type { CallVariables } from '../plugins/apps.ts';
import type { PluginPages } from '../plugins/routes.ts';
import type { LogStore } from '../store/log-store.ts';
import type { Actor, Authorize } from './authorize.ts';
import { readJson } from './body.ts';
import type { Guard, Subject } from './guard.ts';
import type { AnswerOf, SchemaName } from './schemas.ts';

/** Everything that the HTTP API needs. */
export interface HttpDeps {
  host: JobsHost;
  /** Without it, only people and scripts that signed in have access. */
  authorize?: Authorize;
  /** The service that signs in; undefined while nothing provides it. */
  signIn(): SignIn | undefined;
  /** Other origins (`https://cms.example.com`) whose pages may send writes with cookies. */
  origins?: readonly string[];
  log: Logger;
  clock: Clock;
  /** Undefined while no plugin provides it. */
  uploads(): Uploads | undefined;
  /** Least milliseconds between two runs of a schedule that a caller makes or changes. */
  minInterval: number;
  /** For callers, who may not fill the whole queue; many are added all or none. */
  addJob(job: NewJob): Promise<Job>;
  addJobs(jobs: readonly NewJob[]): Promise<Job[]>;
  /** Writes the audit log. */
  logStore: LogStore;
  /** A type of the application or of a plugin, enabled or not; null if it is unknown. */
  typeOf(type: string): { plugin: string | null; access: Access; schema?: Node | null } | null;
  /** Has a plugin not finished its first start? */
  arePluginsStarting(): boolean;
  /**
   * Passes a request to a plugin's `routes` or `publicRoutes`; its path is relative to the plugin's root.
   * Throws `PLUGIN_NOT_FOUND`, `PLUGIN_OFF`.
   */
  dispatch(
    plugin: string,
    kind: 'routes' | 'public',
    request: Request,
    variables: CallVariables,
  ): Response | Promise<Response>;
  /** Pages of running plugins, shortest mount point first. */
  pages(): readonly PluginPages[];
  /** Mounts the WebSocket and the tickets. */
  live?: (app: Hono, guard: Guard) => void;
  /** Can jobs be claimed and run? */
  ready(): boolean;
  /** Can jobs be stored? Answers within three seconds. */
  storage(): Promise<StorageState>;
}

type Method = 'get' | 'post' | 'put' | 'delete';

interface Body<B> {
  /** Describes it. */
  name: SchemaName;
  /** Validates it. */
  form: (input: unknown) => Schema<unknown, B>;
  optional?: boolean;
}

type AuditEntry = Parameters<LogStore['add']>[0];

export interface RouteDescription<Q = unknown, B = unknown, S extends SchemaName = SchemaName> {
  /** The operation's name in the description of the API. */
  id: string;
  method: Method;
  /** In Hono's form: `/api/jobs/:id`. */
  path: string;
  /** The same with one more segment, for names of the form `plugin/name`. */
  alias?: string;
  group: 'Jobs' | 'Schedules' | 'Plugins' | 'Live' | 'System';
  summary: string;
  /** Null: public. */
  action: Action | null;
  query?: z.ZodType<Q>;
  body?: Body<B>;
  /** It applies the `where` of the answer, or reveals nothing about single jobs; all other routes refuse a caller with a `where`. */
  limited?: boolean;
  /** The right depends on the contents of the body: its handler asks `authorize` again, with `ask`. */
  rightsFromBody?: boolean;
  /** Also takes multipart/form-data with files. */
  files?: boolean;
  /** `alsoStatus`: another status with the same shape. */
  answer: { status: number; alsoStatus?: number; schema?: S; type?: string; about: string };
  /** In addition to those of every route. */
  errors?: readonly ErrorCode[];
  /** What the audit log says besides the names in the address. Null: too frequent to log. */
  audit?: ((body: B) => Partial<Pick<AuditEntry, 'target' | 'detail'>>) | null;
}

export interface Call<Q, B> {
  c: Context;
  actor: Actor;
  query: Q;
  body: B;
  /** A part of the path, decoded. */
  param: (name: string) => string;
  /** Asks `authorize` about a subject that only the body names; its answer becomes the actor. Throws `UNAUTHORIZED`, `FORBIDDEN`. */
  ask: (subject: Subject) => Promise<Actor>;
}

interface RouteDeps extends Pick<HttpDeps, 'host' | 'log' | 'logStore'> {
  guard: Guard;
}

// The handler closes over Q, B and S.
export interface Route extends RouteDescription {
  handle: (c: Context, deps: RouteDeps) => Promise<Response>;
}

/** A value is sent as JSON with the described status; a route without a described schema sends no body. */
export type Answer<S extends SchemaName> = Response | ([S] extends [never] ? undefined : AnswerOf<S>);
type Awaitable<T> = T | Promise<T>;

export function route<Q = undefined, B = undefined, S extends SchemaName = never>(
  about: RouteDescription<Q, B, S>,
  answer: (call: Call<Q, B>) => Awaitable<Answer<S>>,
): Route {
  const { action } = about;
  return createRoute(about, async (c, { guard }) => {
    if (!action) return { actor: { user: undefined }, answer };
    if (about.limited || about.rightsFromBody) return { actor: await guard.limited(c, action), answer };
    return { actor: await guard(c, action), answer };
  });
}

/** A route about the job `:id`. Throws `JOB_NOT_FOUND`. */
export const jobRoute = <Q = undefined, B = undefined, S extends SchemaName = never>(
  about: RouteDescription<Q, B, S> & { action: Action },
  answer: (job: Job, call: Call<Q, B>) => Awaitable<Answer<S>>,
): Route =>
  routeAbout({ ...about, errors: ['JOB_NOT_FOUND', ...(about.errors ?? [])] }, answer, {
    find: (c, { host }) => findJob(host, c.req.param('id')),
    subject: (job) => job,
    notFound,
  });

interface Found<T> {
  find: (c: Context, deps: RouteDeps) => Promise<T | null>;
  subject: (found: T) => Subject;
  notFound: () => JobsError;
}

/** A route about one thing, which is loaded first: `authorize` sees it, and callers without permission cannot probe whether it exists. */
export const routeAbout = <T, Q = undefined, B = undefined, S extends SchemaName = never>(
  about: RouteDescription<Q, B, S> & { action: Action },
  answer: (found: T, call: Call<Q, B>) => Awaitable<Answer<S>>,
  { find, subject, notFound }: Found<T>,
): Route =>
  createRoute(about, async (c, deps) => {
    const found = await find(c, deps);
    const actor = await deps.guard(c, about.action, found ? subject(found) : undefined);
    if (!found) throw notFound();
    return { actor, answer: (call: Call<Q, B>) => answer(found, call) };
  });

const findJob = async (host: JobsHost, id: string | undefined): Promise<Job | null> =>
  id !== undefined && /^[\w-]{1,64}$/.test(id) ? host.getJobStatus(id) : null;

interface Authorized<Q, B> {
  actor: Actor;
  answer: (call: Call<Q, B>) => Awaitable<unknown>;
}

function createRoute<Q, B, S extends SchemaName>(
  about: RouteDescription<Q, B, S>,
  authorize: (c: Context, deps: RouteDeps) => Promise<Authorized<Q, B>>,
): Route {
  return {
    ...(about as RouteDescription),
    handle: async (c, deps) => {
      const { actor: authorized, answer } = await authorize(c, deps);
      let actor = authorized;
      const query = about.query ? await checked<Q>(about.query, readQuery(c, about.query)) : undefined;
      const body = about.body && !isForm(about, c) ? await readBody(c, about.body) : undefined;
      const answered = await answer({
        c,
        actor,
        query: query as Q,
        body: body as B,
        param: (name) => c.req.param(name) ?? '',
        ask: async (subject) => {
          actor = await deps.guard(c, about.action as Action, subject);
          return actor;
        },
      });
      const response = answered instanceof Response ? answered : send(c, about.answer, answered);
      if (isAudited(about)) {
        const target = Object.values(c.req.param() as Record<string, string>).join('/');
        const entry = { user: actor.user ?? null, action: about.id, target, ...about.audit?.(body as B) };
        await writeAudit(deps, entry);
      }
      return response;
    },
  };
}

function send(c: Context, { status, schema }: RouteDescription['answer'], value: unknown): Response {
  c.status(status as Parameters<Context['status']>[0]);
  return schema === undefined ? c.body(null) : c.json(value);
}

export const isForm = (about: { files?: boolean }, c: Context): boolean =>
  about.files === true && /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '');

const isAudited = ({
  action,
  method,
  audit,
}: Pick<RouteDescription, 'action' | 'method'> & { audit?: unknown }): boolean =>
  (action === 'operate' || action === 'administer') && method !== 'get' && audit !== null;

/** Writes to the audit log. A failure there does not undo the action, and the server's log has the same line. */
export async function writeAudit(
  { log, logStore }: Pick<HttpDeps, 'log' | 'logStore'>,
  entry: AuditEntry,
): Promise<void> {
  const { user, action, target, detail } = entry;
  const words = [action, target, detail ?? ''].filter((word) => word !== '').join(' ');
  log.info(`${words} by ${user ?? 'an unnamed user'}`);
  try {
    await logStore.add(entry);
  } catch (error) {
    log.warn(`Cannot write the audit log: ${messageOf(error)}`);
  }
}

/** The query as a plain object for its schema. Drops empty values, which forms send; a list may be repeated or separated by commas. */
function readQuery(c: Context, schema: z.ZodType): Record<string, string | string[]> {
  const lists = listNames(schema);
  const input: Record<string, string | string[]> = Object.create(null);
  for (const [name, values] of Object.entries(c.req.queries())) {
    const given = values.filter((value) => value !== '');
    if (given.length === 0) continue;
    const parts = lists.has(name) ? given.flatMap((value) => value.split(',')) : given;
    input[name] = lists.has(name) || parts.length > 1 ? parts : (parts[0] as string);
  }
  return { ...input };
}

function listNames(schema: z.ZodType): Set<string> {
  const shape: Record<string, unknown> = schema instanceof z.ZodObject ? schema.shape : {};
  const isList = (field: unknown): boolean =>
    field instanceof z.ZodArray || (field instanceof z.ZodOptional && field.unwrap() instanceof z.ZodArray);
  return new Set(Object.keys(shape).filter((name) => isList(shape[name])));
}

async function readBody<B>(c: Context, { form, optional = false }: Body<B>): Promise<B | undefined> {
  const input = await readJson(c, optional);
  return input === undefined ? undefined : checked(form(input), input);
}

/** Throws `INVALID_DATA` with every wrong field. */
export async function checked<T>(schema: Schema<unknown, T>, input: unknown): Promise<T> {
  const outcome = await parse(schema, input, '');
  if (outcome.ok) return outcome.value;
  const errors = outcome.errors.map((error) => (error.path === '' ? { ...error, path: '(request)' } : error));
  throw new JobsError('INVALID_DATA', 'Invalid request: `errors` lists each wrong field.', {
    errors,
  });
}
