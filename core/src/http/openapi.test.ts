// The description of the API is complete and consistent.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStand, type Stand } from '../../test/http-stand.ts';
import { ERRORS } from '../kernel/errors.ts';

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, { content?: Record<string, unknown> }>;
}
interface Api {
  openapi: string;
  servers: { url: string }[];
  'x-errors': object;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties?: Record<string, { enum?: string[] }> }> };
}

let stand: Stand;
let api: Api;
beforeAll(async () => {
  stand = await createStand();
  api = (await (await stand.app.request('/jobs/api/openapi.json')).json()) as Api;
});
afterAll(() => stand.close());

const operations = () =>
  Object.entries(api.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

/** The routes of Hono, without those that are not part of the API. */
function registered(): string[] {
  const own = stand.routes.routes.filter(({ method, path }) => method !== 'ALL' && !/[*]/.test(path));
  return [
    ...new Set(own.map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`)),
  ].sort();
}

test('exactly the existing addresses are described', () => {
  expect(
    operations()
      .map(({ path, method }) => `${method} ${path}`)
      .sort(),
  ).toEqual(registered());
  expect(registered().length).toBeGreaterThan(35);
});

test('every $ref resolves', () => {
  const refs = [...JSON.stringify(api).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref as string);
  expect(refs.length).toBeGreaterThan(50);
  for (const ref of refs) {
    const target = ref
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], api);
    expect([ref, typeof target]).toEqual([ref, 'object']);
  }
});

test('every error code is listed with its status, and every operation lists the statuses it can answer', () => {
  const codes = Object.keys(ERRORS);
  expect(api.components.schemas.Problem?.properties?.code?.enum?.toSorted()).toEqual(codes.toSorted());
  expect(api['x-errors']).toEqual(ERRORS);
  for (const { operation } of operations()) expect(operation.responses).toHaveProperty('500');
  expect(Object.keys(api.paths['/api/jobs']?.post?.responses ?? {})).toEqual(
    expect.arrayContaining(['201', '400', '401', '403', '404', '409', '413', '415', '422', '429', '503']),
  );
});

describe('the rules of OpenAPI', () => {
  test('every operation has a unique id', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('every path lists exactly its own parameters', () => {
    for (const { path, operation } of operations()) {
      const inPath = [...path.matchAll(/{(\w+)}/g)].map(([, name]) => name);
      const told = (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name);
      expect([path, told]).toEqual([path, inPath]);
    }
  });
});
