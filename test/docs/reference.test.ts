// The generated pages of docs/ are what `npm run reference` writes now, and explain what people write.
import { expect, test } from 'vitest';
import { reference } from '../../scripts/reference.ts';
import { routes } from '../../scripts/routes.ts';
import { settings } from '../../scripts/settings.ts';
import { read, sectionOf } from './markdown.ts';

test('the reference says what the code says: run npm run reference', { timeout: 180_000 }, () => {
  expect(read('docs/reference.md')).toBe(reference());
});

test('the routes are those of a site: run npm run reference', async () => {
  expect(read('docs/routes.md')).toBe(await routes());
});

test('the settings are those of the schemas, each with its meaning: run npm run reference', {
  timeout: 180_000,
}, () => {
  expect(read('docs/settings.md')).toBe(settings());
});

test.each([
  'PluginDefinition',
  'PluginContext',
  'ProcessorOptions',
  'RunningJob',
  'JobsApi',
  'HooksApi',
  'JobsHost',
  'JobsOptions',
  'TestJobs',
])('each member of %s is explained', (name) => {
  const members = sectionOf('docs/reference.md', name)
    .split('\n')
    .filter((line) => line.startsWith('- `'));
  expect(members.length).toBeGreaterThan(4);
  expect(members.filter((line) => !/`: /.test(line))).toEqual([]);
});
