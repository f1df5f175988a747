// What outsiders build on, recorded: exported types, addresses of the API, settings. A difference from the record is named in the changelog, or
// is a mistake. `npx vitest run test/record.test.ts -u` writes the record anew.
import { join } from 'node:path';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import config from '../jobs.config.ts';
import { exportedTypes } from '../scripts/exported-types.ts';
import { packagesOf } from '../scripts/packages.ts';

const ROOT = join(import.meta.dirname, '..');
const { plugins = {} } = config;
const PACKAGES = [
  ...packagesOf(ROOT).filter((folder) => !folder.startsWith('plugins/')),
  ...Object.keys(plugins).map((name) => `plugins/${name}`),
];

const kept = (name: string): string => join(import.meta.dirname, 'record', name);

test('the exported types of the packages', async () => {
  await expect(exportedTypes(PACKAGES)).toMatchFileSnapshot(kept('types.txt'));
}, 120_000);

let jobs: TestJobs;
beforeAll(async () => {
  jobs = await createTestJobs({ plugins, baseDir: ROOT, start: false });
});
afterAll(() => jobs.stop());

test('the description of the API', async () => {
  const described = (await (await jobs.request('/api/openapi.json')).json()) as object;
  await expect(`${JSON.stringify(described, null, 1)}\n`).toMatchFileSnapshot(kept('openapi.json'));
});

test('the settings of the plugins', async () => {
  const { plugins: all } = (await (await jobs.request('/api/plugins')).json()) as {
    plugins: { name: string; configSchema: unknown }[];
  };
  const schemas = Object.fromEntries(all.map(({ name, configSchema }) => [name, configSchema]));
  await expect(`${JSON.stringify(schemas, null, 1)}\n`).toMatchFileSnapshot(kept('settings.json'));
});
