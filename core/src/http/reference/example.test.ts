// Examples and command lines that work as they stand.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStand, type Stand } from '../../../test/http-stand.ts';
import type { TypeInfo } from '../../host.ts';
import type { Described } from '../route.ts';
import { SCHEMAS, type SchemaName } from '../schemas.ts';
import { curlOf, placeholders } from './curl.ts';
import { exampleOf } from './example.ts';

const TYPES = [{ type: 'email', state: 'ready', example: { to: "o'hara@example.com" } }] as unknown as TypeInfo[];

let stand: Stand;
beforeAll(async () => {
  stand = await createStand();
});
afterAll(() => stand.close());

test('every body has an example, and it passes the schema of that body', async () => {
  const api = (await (await stand.app.request('/jobs/api/openapi.json')).json()) as {
    paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: { $ref: string } }> } }>>;
  };
  const names = Object.values(api.paths)
    .flatMap((item) => Object.values(item))
    .flatMap(({ requestBody }) => requestBody?.content['application/json']?.schema.$ref.split('/').at(-1) ?? []);
  expect(names.length).toBeGreaterThan(7);
  for (const name of names as SchemaName[]) {
    const example = exampleOf(name, TYPES);
    expect([name, SCHEMAS[name].safeParse(example).error]).toEqual([name, undefined]);
  }
});

test('without any type that brings an example there is a body all the same', () => {
  expect(exampleOf('NewJobs', [])).toMatchObject({ type: 'your_type', data: {} });
});

test('a shell takes the command line as it was meant', () => {
  const route = { method: 'post', path: '/api/jobs', body: {} } as unknown as Described;
  const line = curlOf(route, 'https://cms.example', '/jobs', exampleOf('NewJobs', TYPES));
  const told = execFileSync('sh', ['-c', line.replace(/^curl/, 'printf "%s\\n"')], { encoding: 'utf8' }).split('\n');
  expect(told.slice(0, 6)).toEqual([
    '-X',
    'POST',
    'https://cms.example/jobs/api/jobs',
    '-H',
    'Content-Type: application/json',
    '-d',
  ]);
  expect(JSON.parse(told[6] ?? '')).toMatchObject({ data: { to: "o'hara@example.com" } });
});

test('parts of a path are named where they have to be filled in', () => {
  expect(placeholders('/api/jobs/:id/logs')).toBe('/api/jobs/JOB_ID/logs');
  expect(placeholders('/api/panels/:plugin/:id')).toBe('/api/panels/PLUGIN/JOB_ID');
});
