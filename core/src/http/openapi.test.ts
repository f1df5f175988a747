// The description of the API is complete and consistent.
import { ERRORS } from '@phraseworks/sdk';
import { beforeEach, expect, test } from 'vitest';
import { type HttpSite, openHttpSite } from '../../test/http-site.ts';

interface Operation {
  responses: Record<string, unknown>;
}
interface Api {
  'x-errors': object;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties?: Record<string, { enum?: string[] }> }> };
}

let site: HttpSite;
let api: Api;
beforeEach(async () => {
  site = await openHttpSite();
  api = (await (await site.app.request('/jobs/api/openapi.json')).json()) as Api;
});

const operations = () =>
  Object.entries(api.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

/** The routes of the core and of the plugin, without those that are not part of the API. */
async function registered(): Promise<string[]> {
  const own = site.jobs.routes.routes.filter(({ method, path }) => method !== 'ALL' && !/[*]/.test(path));
  const api = (await site.jobs.plugins.list()).find(({ name }) => name === 'api')?.routes ?? [];
  const all = [...own.map(({ method, path }) => `${method} ${path}`), ...api].map((route) => route.split(' '));
  return [
    ...new Set(all.map(([method, path]) => `${method?.toLowerCase()} ${path?.replace(/:(\w+)/g, '{$1}')}`)),
  ].sort();
}

test('exactly the existing addresses are described', async () => {
  expect(
    operations()
      .map(({ path, method }) => `${method} ${path}`)
      .sort(),
  ).toEqual(await registered());
  expect((await registered()).length).toBeGreaterThan(35);
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
