// Who owns each type, its lane, and why it cannot run now.

import type { ProcessorOptions } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import { TypeRegistry } from './registry.ts';

function open(only?: readonly string[]) {
  const registry = new TypeRegistry({}, only);
  const register = (type: string, plugin: string | null, options: ProcessorOptions = {}) =>
    registry.register({ type, plugin, processor: () => undefined, options, enter: (fn) => fn() });
  return { registry, register };
}

describe('a type', () => {
  test('is free again after its registration is undone, and undoing twice does not affect a later one', () => {
    const { registry, register } = open();
    const undo = register('email', 'email');
    void undo();
    register('email', 'email');
    void undo();
    expect(registry.get('email')).toBeDefined();
  });

  test.each(['', '1a', 'a b', 'a/b', 'a'.repeat(101), '__proto__'])('cannot be called %j', (type) => {
    expect(() => open().register(type, null)).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
  });
});

describe('lanes', () => {
  test("a type waits in its plugin's lane, in its own if it has a limit, or in the one it names", () => {
    const { registry, register } = open();
    register('plain', 'shop');
    register('limited', 'shop', { concurrency: 2 });
    register('named', 'shop', { lane: 'slow' });
    register('mine', null);
    expect(['plain', 'limited', 'named', 'mine', 'unknown'].map((type) => registry.laneOf(type))).toEqual([
      'shop',
      'shop/limited',
      'slow',
      'app',
      'app',
    ]);
    expect([...registry.lanes()]).toEqual([
      ['shop', Number.POSITIVE_INFINITY],
      ['shop/limited', 2],
      ['slow', Number.POSITIVE_INFINITY],
      ['app', Number.POSITIVE_INFINITY],
    ]);
  });

  test('a shared lane has the smallest limit of its types', () => {
    const { registry, register } = open();
    register('a', 'shop', { lane: 'slow', concurrency: 4 });
    register('b', 'shop', { lane: 'slow', concurrency: 2 });
    register('c', 'shop', { lane: 'slow' });
    expect([...registry.lanes()]).toEqual([['slow', 2]]);
  });

  test('only the given lanes are served, a plugin with the lanes of its types, and the rest is left to other processes', () => {
    const { registry, register } = open(['shop', 'press/large']);
    register('plain', 'shop');
    register('limited', 'shop', { concurrency: 2 });
    register('named', 'shop', { lane: 'slow' });
    register('small', 'press', { concurrency: 1 });
    register('large', 'press', { concurrency: 1 });
    register('shoplift', 'shopping');
    expect([...registry.lanes().keys()]).toEqual(['shop', 'shop/limited', 'press/large']);
    expect(registry.parkReason('small')).toBeNull();
    expect(registry.isLeftToOthers('press/small')).toBe(true);
    expect(registry.isLeftToOthers('shop/limited')).toBe(false);
  });

  test('the lanes of a disabled plugin are not served', () => {
    const { registry, register } = open();
    register('a', 'shop');
    register('b', 'email');
    registry.setPlugin('shop', 'plugin_disabled');
    expect([...registry.lanes().keys()]).toEqual(['email']);
    registry.setPlugin('shop', 'on');
    expect([...registry.lanes().keys()].sort()).toEqual(['email', 'shop']);
  });
});

test('a type reports why it cannot run: its plugin is off, or it has no processor', () => {
  const { registry, register } = open();
  registry.setOwner('email', 'email');
  expect([registry.parkReason('email'), registry.parkReason('other')]).toEqual(['no_processor', 'no_processor']);
  registry.setPlugin('email', 'plugin_failed');
  expect([registry.parkReason('email'), registry.ownerOf('email'), registry.laneOf('email')]).toEqual([
    'plugin_failed',
    'email',
    'email',
  ]);
  register('email', 'email');
  registry.setPlugin('email', 'on');
  expect([registry.parkReason('email'), registry.typesOf('email')]).toEqual([null, ['email']]);
});
