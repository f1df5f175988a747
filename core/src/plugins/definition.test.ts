// Definitions and plain modules are read into one form, and their mistakes are reported together.
import { token } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { pluginOf, readDefinition } from './definition.ts';

const init = () => {};
const read = (plugin: object, version: string | null = null) => readDefinition({ init, ...plugin } as never, version);

test('a range that excludes this SDK is refused with both versions', () => {
  expect(() => read({ sdk: '^2.0.0' })).toThrow('its sdk requires ^2.0.0, but this is SDK 0.1.0');
  expect(() => read({ sdk: 'latest' })).toThrow('its sdk must be a range such as ^0.1.0');
  expect(read({ sdk: '^0.1.0' })).toBeDefined();
});

test('a misspelt field is refused with the likely one, and fields of a CMS are accepted', () => {
  expect(() => read({ migration: {} })).toThrow('its migration is not a known field: did you mean migrations?');
  expect(() => read({ provide: [], need: {} })).toThrow(/its provide .*; its need /);
  expect(read({ author: 'Ada', table: 'posts', desc: 'x', icon: 'y', hooks: [], settings: {} })).toBeDefined();
  expect(read({ seeds: [], feeds: [], disabled: false, providers: [], versions: [], confirm: true })).toBeDefined();
});

test('all mistakes are listed', () => {
  const broken = {
    config: {},
    needs: { a: 'a/b' },
    provides: token('a/b'),
    migrations: { one: {} },
    fileOnly: ['folder', 'dkim.'],
    pagesAt: 'docs/',
    title: 5,
  };
  try {
    read(broken);
    expect.unreachable();
  } catch (error) {
    expect((error as { errors: { path: string }[] }).errors.map(({ path }) => path)).toEqual([
      'config',
      'fileOnly',
      'needs',
      'provides',
      'migrations',
      'pagesAt',
      'title',
    ]);
  }
});

test('the plugin is the default export, that of a CommonJS module, or the module itself', () => {
  const plugin = { init };
  expect(pluginOf({ default: plugin })).toBe(plugin);
  expect(pluginOf({ default: { default: plugin } })).toBe(plugin);
  const module = { init, default: 5 };
  expect(pluginOf(module)).toBe(module);
  expect(pluginOf({ default: {} })).toBeUndefined();
  expect(pluginOf(null)).toBeUndefined();
});
