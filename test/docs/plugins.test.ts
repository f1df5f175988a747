// docs/plugins.md: every field, member, option, hook, block and state, in both directions.

import { readdirSync } from 'node:fs';
import { join } from 'node:path/posix';
import { definePlugin, type ProcessorOptions } from '@phraseworks/sdk';
import { Block, DeadlineOptions, PluginState, RetryOptions } from '@phraseworks/sdk/contract';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { bare, codesIn, ROOT, read, rowsOf, sectionOf } from './markdown.ts';
import { membersOf } from './sources.ts';

const PAGE = 'docs/plugins.md';

/** The names in the first column of a section's tables: `request(path)` is `request`. */
const listed = (section: string): string[] =>
  rowsOf(sectionOf(PAGE, section)).flatMap(([cell]) =>
    codesIn(cell ?? '').map((code) => bare(code).replace(/\(.*$/, '')),
  );

test('exactly the fields of a definition are listed', () => {
  expect(listed('The definition').sort()).toEqual(membersOf('sdk/src/plugin.ts', 'PluginDefinition').sort());
});

test('exactly the members of the context are listed', () => {
  expect(listed('The context').sort()).toEqual(membersOf('sdk/src/plugin.ts', 'PluginContext').sort());
});

test('exactly the options of a processor are listed', () => {
  const options = [
    ...membersOf('sdk/src/processor.ts', 'ProcessorOptions'),
    ...membersOf('sdk/src/processor.ts', 'TypeOptions'),
    ...Object.keys(RetryOptions.shape),
    ...Object.keys(DeadlineOptions.shape),
  ];
  const names = listed('Processors').filter(
    (name) => /^[a-zA-Z]+$/.test(name) && !['snooze', 'discard'].includes(name),
  );
  expect(names.sort()).toEqual(options.sort());
});

test('every listed option is accepted', async () => {
  const options: Required<Omit<ProcessorOptions, 'data'>> = {
    ...{ timeout: 1_000, maxRetries: 1, retryDelay: 10, retryBackoff: 'linear', concurrency: 2 },
    ...{
      lane: 'slow',
      key: ['post'],
      unique: { while: 'active' },
      limit: { concurrency: 2 },
      onLost: 'fail',
      access: 'operate',
      version: 2,
      upgrade: (data: unknown) => data,
      summary: () => 'one',
      view: () => [],
      example: {},
    },
    ...{ expires: '1h', giveUpAfter: '2d', retention: { completed: '1d', failed: false } },
  };
  const all = definePlugin({ name: 'all', init: (ctx) => void ctx.registerProcessor('all', () => {}, options) });
  await using jobs = await createTestJobs({ plugins: { all: { use: all } } });
  expect((await jobs.plugins.list())[0]).toMatchObject({ name: 'all', state: 'on', reason: null });
  expect(await jobs.addJob({ type: 'all', data: { post: 1 } })).toMatchObject({ summary: 'one', timeout: 1_000 });
});

test('every export of the SDK is on the page, in an example or in the README of a plugin', () => {
  const files = ['examples', 'plugins'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => !path.includes('node_modules') && !path.includes('dist'))
      .filter((path) => (folder === 'examples' ? /\.[jt]sx?$/ : /README\.md$/).test(path))
      .map((path) => join(folder, path)),
  );
  const words = new Set([PAGE, ...files].flatMap((file) => read(file).match(/\w+/g) ?? []));
  const index = read('sdk/src/index.ts');
  const named = [...index.matchAll(/\{([^}]+)\}/g)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.trim().replace(/^type /, '')),
  );
  const whole = [...index.matchAll(/export \* from '\.\/(.+)'/g)].flatMap(([, file]) =>
    [...read(`sdk/src/${file}`).matchAll(/^export \w+ (\w+)/gm)].map(([, name = '']) => name),
  );
  const exported = [...named, ...whole];
  const names = exported.filter((name) => name !== '');
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter((name) => !words.has(name))).toEqual([]);
});

test('exactly the hooks of the core are listed', () => {
  const hooks = ['Actions', 'Filters'].flatMap((name) => {
    const body =
      new RegExp(`export interface ${name} \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(read('sdk/src/hooks.ts'))?.[1] ?? '';
    return [...body.matchAll(/^ {2}'?([\w:-]+)'?: /gm)].map(([, hook]) => hook ?? '');
  });
  expect(listed('Hooks').sort()).toEqual(hooks.sort());
});

test('exactly the existing blocks are listed', () => {
  const blocks = Block.options.map(({ shape }) => shape.type.value);
  expect(listed('Routes, pages and panels').sort()).toEqual(blocks.sort());
});

test('exactly the existing states are listed', () => {
  expect(listed('Life cycle and states').sort()).toEqual([...PluginState.options].sort());
});

test('exactly the additions of createTestJobs() are listed', () => {
  expect(listed('Testing').sort()).toEqual([...membersOf('testing/src/create-test-jobs.ts', 'TestJobs')].sort());
});
