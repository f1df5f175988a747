// One route of the API. `job-routes.ts` and its neighbours pass a description (path, right, schemas, answer) and a function that asks a
// service; out comes a route whose handler checks the caller's rights, then query and body, calls the function and sends its value.
// `create-routes.ts` mounts the table of these routes, and `openapi.ts` describes the API from it.
import { type Action, type Actor, type ErrorCode, JobsError, type Logger, parse, type Schema } from '@phraseworks/sdk';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import type { Access } from '../access/access.ts';
import type { Turns } from '../access/turns.ts';
import type { Clock } from '../kernel/clock.ts';
import type { PluginRoutes } from '../plugins/routes.ts';
import type { SignIn } from '../store/sign-in-store.ts';
import type { Authorize, HostSignIn } from './authorize.ts';
import { readJson } from './body.ts';
import type { Guard } from './guard.ts';
import type { AnswerOf, SchemaName } from './schemas.ts';
import type { UploadFiles } from './uploads.ts';

/** Everything that the HTTP API needs. */
export interface HttpDeps extends Access {
  /** Without it, only people and scripts that signed in have access. */
  authorize?: Authorize;
  hostSignIn?: HostSignIn;
  signIn: SignIn;
  /** Other origins (`https://cms.example.com`) whose pages may send writes with cookies. */
  origins?: readonly string[];
  log: Logger;
  clock: Clock;
  turns: Turns;
  uploads: UploadFiles;
  /** The apps of running plugins. */
  apps: PluginRoutes;
  /** Has a plugin not finished its first start? */
  arePluginsStarting(): boolean;
  /** Mounts the WebSocket and the tickets. */
  live?: (app: Hono, guard: Guard) => void;
}

type Method = 'get' | 'post' | 'put' | 'delete';

interface Body<B> {
  /** Describes it. */
  name: SchemaName;
  /** Validates it. */
  form: (input: unknown) => Schema<unknown, B>;
  optional?: boolean;
}

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
  /** Callers with `where` have it too: it is about jobs that their `where` is applied to, or reveals nothing about single jobs. */
  limited?: boolean;
  /** Also takes multipart/form-data with files. */
  files?: boolean;
  /** `alsoStatus`: another status with the same shape. */
  answer: { status: number; alsoStatus?: number; schema?: S; type?: string; about: string };
  /** In addition to those of every route. */
  errors?: readonly ErrorCode[];
}

export interface Call<Q, B> {
  c: Context;
  actor: Actor;
  query: Q;
  body: B;
  /** A part of the path, decoded. */
  param: (name: string) => string;
}

// The handler closes over Q, B and S.
export interface Route extends RouteDescription {
  handle: (c: Context, guard: Guard) => Promise<Response>;
}

/** A value is sent as JSON with the described status; a route without a described schema sends no body. */
export type Answer<S extends SchemaName> = Response | ([S] extends [never] ? undefined : AnswerOf<S>);
type Awaitable<T> = T | Promise<T>;

/** The rights are asked first, so that nothing is read of a request that is refused; the services ask again, about what it is for. */
export function route<Q = undefined, B = undefined, S extends SchemaName = never>(
  about: RouteDescription<Q, B, S>,
  answer: (call: Call<Q, B>) => Awaitable<Answer<S>>,
): Route {
  return {
    ...(about as RouteDescription),
    handle: async (c, guard) => {
      const actor = guard(c);
      if (about.action) await actor.require(about.action, about.limited ? 'some' : undefined);
      const query = about.query ? await checked<Q>(about.query, readQuery(c, about.query)) : undefined;
      const body = about.body && !isForm(about, c) ? await readBody(c, about.body) : undefined;
      const param = (name: string) => c.req.param(name) ?? '';
      const answered = await answer({ c, actor, query: query as Q, body: body as B, param });
      return answered instanceof Response ? answered : send(c, about.answer, answered);
    },
  };
}

function send(c: Context, { status, schema }: RouteDescription['answer'], value: unknown): Response {
  c.status(status as Parameters<Context['status']>[0]);
  return schema === undefined ? c.body(null) : c.json(value);
}

export const isForm = (about: { files?: boolean }, c: Context): boolean =>
  about.files === true && /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '');

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
