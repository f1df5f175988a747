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

describe('lanes', () => {
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
});
