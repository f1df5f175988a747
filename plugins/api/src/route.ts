// One route of the API. `job-routes.ts` and its neighbours pass a description (path, right, schemas, answer) and a function that asks a
// service; out comes a route whose handler checks the caller's rights, then query and body, calls the function and sends its value.
// `index.ts` mounts the table of these routes, and `openapi.ts` describes the API from it.
import {
  type Action,
  type Actor,
  type AuditLog,
  type Batches,
  type ErrorCode,
  type Jobs,
  JobsError,
  type Limits,
  type Nodes,
  type Pauses,
  type PluginContext,
  type Plugins,
  parse,
  type RouteContext,
  type Schedules,
  type Types,
  type Uploads,
} from '@phraseworks/sdk';
import { z } from 'zod';
import { readJson } from './body.ts';
import { type SchemaName, type Shape, schemaFor } from './schemas.ts';

/** The services that the routes ask. */
export interface Services {
  jobs: Jobs;
  types: Types;
  schedules: Schedules;
  pauses: Pauses;
  limits: Limits;
  batches: Batches;
  plugins: Plugins;
  nodes: Nodes;
  audit: AuditLog;
  /** Undefined while no plugin provides it. */
  uploads: Uploads | undefined;
}

type Group = 'Jobs' | 'Schedules' | 'Plugins' | 'Live' | 'System';

/** Null as the `action`: public. */
export type Described = Omit<RouteDescription, 'action'> & { action: Action | null; group: Group };

export interface RouteDescription<Q = unknown, B extends SchemaName = SchemaName, S extends SchemaName = SchemaName> {
  /** The operation's name in the description of the API. */
  id: string;
  /** Its method and path, in Hono's form: `GET /api/jobs/:id`. */
  at: string;
  /** The same path with one more segment, for names of the form `plugin/name`. */
  alias?: string;
  summary: string;
  action: Action;
  query?: z.ZodType<Q>;
  body?: { schema: B; optional?: boolean };
  /** Callers with `where` have it too: it is about jobs that their `where` is applied to, or reveals nothing about single jobs. */
  limited?: boolean;
  /** Also takes multipart/form-data with files. */
  files?: boolean;
  /** `alsoStatus`: another status with the same shape. */
  answer: { status: number; alsoStatus?: number; schema?: S; type?: string; about: string };
  /** In addition to those of every route. */
  errors?: readonly ErrorCode[];
}

interface Call<Q, B extends SchemaName> {
  c: RouteContext;
  actor: Actor;
  query: Q;
  body: Shape<B>;
  /** Parts of the path, decoded. `name`: with the plugin's name if the path is the alias. */
  id: string;
  name: string;
}

/** A value is sent as JSON with the described status; a route without a described schema sends no body. */
// biome-ignore lint/suspicious/noConfusingVoidType: a service that only acts returns nothing
type Answer<S extends SchemaName> = Response | ([S] extends [never] ? void : Shape<S>);

export interface WrittenRoute<Q, B extends SchemaName, S extends SchemaName> extends RouteDescription<Q, B, S> {
  handle(call: Call<Q, B>): Promise<Answer<S>>;
}

interface Handled extends RouteDescription {
  handle(c: RouteContext, authorize: PluginContext['authorize']): Promise<Response>;
}
export type Route = Handled & { group: Group };

/** The method and the path of a route. */
export const partsOf = ({ at }: Pick<RouteDescription, 'at'>): [method: string, path: string] =>
  at.split(' ') as [string, string];

/** `group`: in the description of the API. */
export const grouped = (group: Group, routes: readonly Handled[]): Route[] => routes.map((one) => ({ ...one, group }));

/** The rights are asked first, so that nothing is read of a request that is refused; the services ask again, about what it is for. */
export function route<Q = undefined, B extends SchemaName = never, S extends SchemaName = never>({
  handle,
  ...about
}: WrittenRoute<Q, B, S>): Handled {
  return {
    ...(about as RouteDescription),
    handle: async (c, authorize) => {
      const actor = await authorize(c, about.action, about.limited ? 'some' : undefined);
      const query = about.query ? await checked(about.query, readQuery(c, about.query)) : undefined;
      const body = about.body ? await readBody(c, about.body) : undefined;
      const { id = '', plugin, name = '' } = c.req.param() as Record<string, string | undefined>;
      const whole = plugin === undefined ? name : `${plugin}/${name}`;
      const answered = await handle({ c, actor, query: query as Q, body: body as Shape<B>, id, name: whole });
      return answered instanceof Response ? answered : send(c, about.answer, answered);
    },
  };
}

function send(c: RouteContext, { status, schema }: RouteDescription['answer'], value: unknown): Response {
  c.status(status as Parameters<RouteContext['status']>[0]);
  return schema === undefined ? c.body(null) : c.json(value);
}

/** The query as a plain object for its schema. Drops empty values, which forms send; a list may be repeated or separated by commas. */
function readQuery(c: RouteContext, schema: z.ZodType): Record<string, string | string[]> {
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
    field instanceof z.ZodExactOptional && field.unwrap() instanceof z.ZodArray;
  return new Set(Object.keys(shape).filter((name) => isList(shape[name])));
}

async function readBody(c: RouteContext, { schema, optional = false }: NonNullable<RouteDescription['body']>) {
  const input = await readJson(c, optional);
  return input === undefined ? undefined : checked(schemaFor(schema, input), input);
}

/** Throws `INVALID_DATA` with every wrong field. */
export async function checked<T>(schema: z.ZodType<T>, input: unknown): Promise<T> {
  const outcome = await parse(schema, input, '');
  if (outcome.ok) return outcome.value;
  const errors = outcome.errors.map((error) => (error.path === '' ? { ...error, path: '(request)' } : error));
  throw new JobsError('INVALID_DATA', 'Invalid request: `errors` lists each wrong field.', {
    errors,
  });
}
