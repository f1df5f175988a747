// Providers come before those that need them, and a circle is found with its path.
import { optional, type Token, token } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { circleOf, type Member, startOrder } from './order.ts';

const [a, b, c] = ['x/a', 'x/b', 'x/c'].map((id) => token<object>(id)) as [Token<object>, Token<object>, Token<object>];
const member = (name: string, needs: Token<unknown>[], provides: Token<unknown>[]): Member => ({
  name,
  needs: Object.fromEntries(needs.map((need) => [need.id, need])),
  provides,
});

test('providers come first, in chains too, and the rest stays as configured', () => {
  const members = [member('z', [], []), member('last', [b], []), member('middle', [a], [b]), member('first', [], [a])];
  expect(startOrder(members)).toEqual(['z', 'first', 'middle', 'last']);
});

test('optional providers come first as well', () => {
  expect(startOrder([member('user', [optional(a)], []), member('mailer', [], [a])])).toEqual(['mailer', 'user']);
});

test('a cycle is reported with its path', () => {
  const members = [
    member('one', [b], [a]),
    member('two', [a, c], [b]),
    member('three', [], [c]),
    member('far', [a], []),
  ];
  expect(circleOf('one', members)).toEqual(['one', 'two', 'one']);
  expect(circleOf('three', members)).toBeNull();
  expect(circleOf('far', members)).toBeNull();
  expect(startOrder(members)).toHaveLength(4);
});

test('an optional need does not form a cycle', () => {
  const members = [member('one', [optional(b)], [a]), member('two', [a], [b])];
  expect(circleOf('one', members)).toBeNull();
  expect(circleOf('two', members)).toBeNull();
});
