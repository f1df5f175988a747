// The guides of docs/plugins/: every hook, block and state, in both directions; every option of a type is accepted.

import { definePlugin, type ProcessorOptions } from '@phraseworks/sdk';
import { Block, PluginState } from '@phraseworks/sdk/contract';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { bare, codesIn, read, rowsOf, sectionOf } from './markdown.ts';

const FOLDER = 'docs/plugins';

/** The names in the first column of a section's tables. */
const listed = (page: string, section: string): string[] =>
  rowsOf(sectionOf(`${FOLDER}/${page}`, section)).flatMap(([cell]) => codesIn(cell ?? '').map(bare));

test('every option of a type is accepted', async () => {
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

test('exactly the hooks of the core are listed', () => {
  const hooks = ['Actions', 'Filters'].flatMap((name) => {
    const body =
      new RegExp(`export interface ${name} \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(read('sdk/src/hooks.ts'))?.[1] ?? '';
    return [...body.matchAll(/^ {2}'?([\w:-]+)'?: /gm)].map(([, hook]) => hook ?? '');
  });
  expect(listed('hooks.md', 'Hooks').sort()).toEqual(hooks.sort());
});

test('exactly the existing blocks are listed', () => {
  const blocks = Block.options.map(({ shape }) => shape.type.value);
  expect(listed('pages.md', 'Panels').sort()).toEqual(blocks.sort());
});

test('exactly the existing states are listed', () => {
  expect(listed('README.md', 'Life cycle and states').sort()).toEqual([...PluginState.options].sort());
});
