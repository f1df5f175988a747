// The containers of two instances.
import { token } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { createContainer } from './container.ts';

const A = token<{ name: string }>('test/a');

test('two instances have nothing in common', () => {
  const [one, other] = [createContainer(), createContainer()];
  one.register(A.key, { useValue: { name: 'one' } });
  expect(other.isRegistered(A.key, true)).toBe(false);
});
