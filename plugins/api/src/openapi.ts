// The table of routes as an OpenAPI 3.1 document.
import { ERRORS, type ErrorCode, type TypeInfo } from '@phraseworks/sdk';
import { z } from 'zod';
import { type Described, partsOf } from './route.ts';
import { componentSchemas, plain } from './schemas.ts';

/** The version of the API, independent of the package. */
const API_VERSION = '1.0.0';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** `/api/jobs/:id` as `/api/jobs/{id}`. */
const braced = (path: string): string => path.replace(/:([A-Za-z]+)/g, '{$1}');

export function describeApi(routes: readonly Described[], types: readonly TypeInfo[], base: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const [method, path] = partsOf(route);
    for (const one of [path, ...(route.alias ? [route.alias] : [])])
      paths[braced(one)] = { ...paths[braced(one)], [method.toLowerCase()]: operation(route, one, types) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'PhraseWorks Jobs',
      version: API_VERSION,
      description: 'Background work for a CMS: jobs, schedules, plugins.',
    },
    servers: [{ url: base === '' ? '/' : base }],
    tags: [...new Set(routes.map((route) => route.group))].map((name) => ({ name })),
    paths,
    'x-errors': ERRORS,
    components: {
      schemas: { ...componentSchemas(), ...dataSchemas(types) },
      securitySchemes: {
        host: { type: 'http', scheme: 'bearer', description: 'Any credentials that the host accepts.' },
      },
    },
  };
}

/** The data of each type, for authors of clients. */
function dataSchemas(types: readonly TypeInfo[]): Record<string, object> {
  const described = types.flatMap(({ type, schema, example }) =>
    schema === null ? [] : [{ name: nameOf(type), schema, example }],
  );
  return Object.fromEntries(
    described.map(({ name, schema, example }) => [name, { ...moved(schema, name), ...examples(example) }]),
  );
}

/** Rewrites a schema's references to itself so that they work inside this document. */
function moved(schema: object, name: string): object {
  const {
    $schema: _,
    $id: __,
    ...own
  } = JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' && value.startsWith('#')
      ? `#/components/schemas/${name}${value.slice(1)}`
      : value,
  ) as Record<string, unknown>;
  return own;
}

const nameOf = (type: string): string => `data.${type.replace(/[^A-Za-z0-9._-]/g, '_')}`;
const examples = (example: unknown) => (example === null || example === undefined ? {} : { examples: [example] });

function operation(route: Described, path: string, types: readonly TypeInfo[]): object {
  const parameters = [...pathParameters(path), ...queryParameters(route.query)];
  return {
    operationId: path === route.alias ? `${route.id}OfPlugin` : route.id,
    tags: [route.group],
    summary: route.summary,
    ...(route.action === null ? { security: [] } : { security: [{ host: [] }], 'x-action': route.action }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body ? { requestBody: requestBody(route, types) } : {}),
    responses: responses(route),
  };
}

const pathParameters = (path: string): object[] =>
  [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

interface Parameter {
  name: string;
  in: 'query';
  required: false;
  description?: string;
  schema: object;
}

function queryParameters(query: z.ZodType | undefined): Parameter[] {
  if (!query) return [];
  const { properties = {} } = z.toJSONSchema(query, { io: 'input', override: plain });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property as { description?: string };
    return { name, in: 'query', required: false, ...(description ? { description } : {}), schema };
  });
}

function requestBody(route: Described, types: readonly TypeInfo[]): object {
  const name = route.body?.schema ?? '';
  const json = { schema: ref(name), ...(name === 'NewJobs' ? exampleJobs(types) : {}) };
  const form = {
    schema: {
      type: 'object',
      properties: { job: ref('NewJob') },
      required: ['job'],
      additionalProperties: { type: 'string', contentMediaType: 'application/octet-stream' },
      description: 'The name of a file part is its path in the job: data.file, data.files[0].',
    },
    encoding: { job: { contentType: 'application/json' } },
  };
  return {
    required: route.body?.optional !== true,
    content: { 'application/json': json, ...(route.files ? { 'multipart/form-data': form } : {}) },
  };
}

/** An example job of each type that has one. */
function exampleJobs(types: readonly TypeInfo[]): object {
  const known = types.filter(({ example }) => example !== null && example !== undefined);
  if (known.length === 0) return {};
  return { examples: Object.fromEntries(known.map(({ type, example }) => [type, { value: { type, data: example } }])) };
}

function responses(route: Described): Record<string, object> {
  const { status, alsoStatus = status } = route.answer;
  return { ...failures(route), [status]: success(route), [alsoStatus]: success(route) };
}

function success({ answer }: Described): object {
  if (answer.schema)
    return { description: answer.about, content: { 'application/json': { schema: ref(answer.schema) } } };
  if (answer.type) return { description: answer.about, content: { [answer.type]: {} } };
  return { description: answer.about };
}

/** All error codes of a route; those of the guard and the body follow from its kind. */
function errorsOf(route: Described): ErrorCode[] {
  const codes: ErrorCode[] = [...(route.errors ?? [])];
  if (route.action !== null) codes.push('UNAUTHORIZED', 'FORBIDDEN');
  if (route.body || route.query) codes.push('INVALID_DATA');
  if (route.body) codes.push('PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  return [...new Set<ErrorCode>([...codes, 'UNAVAILABLE', 'INTERNAL'])].sort(
    (a, b) => ERRORS[a].status - ERRORS[b].status,
  );
}

function failures(route: Described): Record<string, object> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorsOf(route)) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: ref('Problem') } },
      },
    ]),
  );
}
