// The lanes of types. Which a process claims from: `cli/test/worker.test.ts`.
import { expect, test } from 'vitest';
import { TypeRegistry } from './registry.ts';

test('a shared lane has the smallest limit of its types', () => {
  const registry = new TypeRegistry();
  for (const [type, concurrency] of Object.entries({ a: 4, b: 2, c: undefined })) {
    const options = { lane: 'slow', ...(concurrency ? { concurrency } : {}) };
    registry.register({ type, plugin: 'shop', processor: () => undefined, options, enter: (fn) => fn() });
  }
  expect([...registry.lanes()]).toEqual([['slow', 2]]);
});
