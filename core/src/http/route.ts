// One address of the API: what it needs, what it answers, and its handler. The API is a table of these.
import { type ErrorCode, type Job, JobsError, type Logger, parse, type Schema } from '@phraseworks/sdk';
import type { Context } from 'hono';
import type { z } from 'zod';
import type { JobsHost } from '../host.ts';
import { notFound } from '../kernel/errors.ts';
import type { LogStore } from '../store/log-store.ts';
import { readJson } from './body.ts';
import { noteDeed, type Told } from './deed.ts';
import { type Action, type Actor, aboutJob, type Guard, type Subject } from './deps.ts';
import { readQuery } from './query.ts';
import type { SchemaName } from './schemas.ts';

export type Method = 'get' | 'post' | 'put' | 'delete';

export interface Body<B> {
  /** The schema that describes it. */
  name: SchemaName;
  /** The schema that checks it. */
  form: (input: unknown) => Schema<unknown, B>;
  optional?: boolean;
}

export interface Described<Q = unknown, B = unknown> {
  /** The operation's name in the description of the API. */
  id: string;
  method: Method;
  /** In Hono's form: `/api/jobs/:id`. */
  path: string;
  /** The same with one more segment, for names of the form `plugin/name`. */
  alias?: string;
  group: 'Jobs' | 'Schedules' | 'Plugins' | 'Live' | 'System';
  summary: string;
  /** Null: open to everybody. */
  action: Action | null;
  query?: z.ZodType<Q>;
  body?: Body<B>;
  /** It keeps to the `where` of the answer, or tells nothing of single jobs; others refuse who has one. */
  limited?: boolean;
  /** Its handler asks `authorize` again, about the contents of the body. */
  later?: boolean;
  /** It is about the plugin that this part of the path names. */
  plugin?: string;
  /** Also takes multipart/form-data with files. */
  files?: boolean;
  /** `alsoStatus`: the same shape comes with this status, too. */
  answer: { status: number; alsoStatus?: number; schema?: SchemaName; type?: string; about: string };
  /** Beyond those that every route can answer. */
  errors?: readonly ErrorCode[];
  /** What the log of who did what says beside the names in the address. Null: too often done to be noted. */
  deed?: ((body: B) => Told) | null;
}

export interface Call<Q, B> {
  c: Context;
  actor: Actor;
  /** False where the right depends on the contents of the body. */
  sure: boolean;
  query: Q;
  body: B;
  /** A part of the path, decoded. */
  param: (name: string) => string;
  /** Asks about what only the body names; the answer is the actor from then on. Throws `UNAUTHORIZED`, `FORBIDDEN`. */
  ask: (subject: Subject) => Promise<Actor>;
}

export interface Tools {
  guard: Guard;
  host: JobsHost;
  log: Logger;
  logStore: LogStore;
}

// Q and B are gone behind the handler.
export interface Route extends Described {
  handle: (c: Context, tools: Tools) => Promise<Response>;
}

type Awaitable<T> = T | Promise<T>;

export function route<Q = undefined, B = undefined>(
  about: Described<Q, B>,
  answer: (call: Call<Q, B>) => Awaitable<Response>,
): Route {
  const { action } = about;
  return make(about, async (c, { guard }) => {
    if (!action) return { actor: { user: undefined }, answer };
    if (about.later) return { actor: { user: undefined }, sure: await guard.before(c, action), answer };
    if (about.limited) return { actor: await guard.limited(c, action), answer };
    const subject = about.plugin === undefined ? undefined : { plugin: c.req.param(about.plugin) ?? null };
    return { actor: await guard(c, action, subject), answer };
  });
}

/** A route about the job `:id`. Throws `JOB_NOT_FOUND`. */
export const jobRoute = <Q = undefined, B = undefined>(
  about: Described<Q, B> & { action: Action },
  answer: (job: Job, call: Call<Q, B>) => Awaitable<Response>,
): Route =>
  routeAbout({ ...about, errors: ['JOB_NOT_FOUND', ...(about.errors ?? [])] }, answer, {
    find: (c, { host }) => findJob(host, c.req.param('id')),
    subject: aboutJob,
    notFound,
  });

interface Found<T> {
  find: (c: Context, tools: Tools) => Promise<T | null>;
  subject: (found: T) => Subject;
  notFound: () => JobsError;
}

/** A route about one thing: it is loaded first, so that `authorize` sees it, and so that who may not see it cannot tell whether it is there. */
export const routeAbout = <T, Q = undefined, B = undefined>(
  about: Described<Q, B> & { action: Action },
  answer: (found: T, call: Call<Q, B>) => Awaitable<Response>,
  { find, subject, notFound }: Found<T>,
): Route =>
  make(about, async (c, tools) => {
    const found = await find(c, tools);
    const actor = await tools.guard(c, about.action, found ? subject(found) : undefined);
    if (!found) throw notFound();
    return { actor, answer: (call: Call<Q, B>) => answer(found, call) };
  });

const findJob = async (host: JobsHost, id: string | undefined): Promise<Job | null> =>
  id !== undefined && /^[\w-]{1,64}$/.test(id) ? host.getJobStatus(id) : null;

interface Admitted<Q, B> {
  actor: Actor;
  sure?: boolean;
  answer: (call: Call<Q, B>) => Awaitable<Response>;
}

function make<Q, B>(about: Described<Q, B>, admit: (c: Context, tools: Tools) => Promise<Admitted<Q, B>>): Route {
  return {
    ...(about as Described),
    handle: async (c, tools) => {
      const { actor: admitted, sure = true, answer } = await admit(c, tools);
      let actor = admitted;
      const query = about.query ? await checked<Q>(about.query, readQuery(c, about.query)) : undefined;
      const body = about.body && !isForm(about, c) ? await readBody(c, about.body) : undefined;
      const response = await answer({
        c,
        actor,
        sure,
        query: query as Q,
        body: body as B,
        param: (name) => c.req.param(name) ?? '',
        ask: async (subject) => {
          actor = await tools.guard(c, about.action as Action, subject);
          return actor;
        },
      });
      if (isDeed(about)) await note(tools, about, c, { actor, body: body as B });
      return response;
    },
  };
}

export const isForm = (about: { files?: boolean }, c: Context): boolean =>
  about.files === true && /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '');

const isDeed = ({ action, method, deed }: Pick<Described, 'action' | 'method'> & { deed?: unknown }): boolean =>
  (action === 'operate' || action === 'administer') && method !== 'get' && deed !== null;

/** The names are of things that exist, since it was done. */
async function note<Q, B>(
  tools: Tools,
  about: Described<Q, B>,
  c: Context,
  { actor, body }: { actor: Actor; body: B },
): Promise<void> {
  const names = Object.values(c.req.param() as Record<string, string>).join('/');
  await noteDeed(tools, { user: actor.user ?? null, action: about.id, target: names, ...about.deed?.(body) });
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
  throw new JobsError('INVALID_DATA', 'The request is not valid: see errors for what is wrong, field by field.', {
    errors,
  });
}
