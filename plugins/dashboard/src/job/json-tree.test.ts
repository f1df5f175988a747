import { expect, test } from 'vitest';
import { type Branch, treeOf } from './json-box.tsx';

test('a value becomes leaves and branches in its own order', () => {
  expect(treeOf({ a: 'x', n: 1.5, t: true, no: null, list: [1, 'b'] }, 1_000)).toEqual({
    cut: false,
    tree: {
      kind: 'object',
      size: 5,
      left: 0,
      entries: [
        { key: '"a"', value: { kind: 'text', text: '"x"' } },
        { key: '"n"', value: { kind: 'number', text: '1.5' } },
        { key: '"t"', value: { kind: 'word', text: 'true' } },
        { key: '"no"', value: { kind: 'word', text: 'null' } },
        {
          key: '"list"',
          value: {
            kind: 'list',
            size: 2,
            left: 0,
            entries: [
              { key: null, value: { kind: 'number', text: '1' } },
              { key: null, value: { kind: 'text', text: '"b"' } },
            ],
          },
        },
      ],
    },
  });
});

test('a huge list is cut at its limit, with the number of entries left', () => {
  const { tree, cut } = treeOf(
    Array.from({ length: 100_000 }, () => 'abcd'),
    20_000,
  );
  const { size, left, entries } = tree as Branch;
  expect(cut).toBe(true);
  expect(size).toBe(100_000);
  expect(entries.length).toBeLessThan(2_000);
  expect(entries.length + left).toBe(size);
});

test('a huge text is cut, and the entries after it are shown', () => {
  const { tree, cut } = treeOf({ long: 'x'.repeat(100_000), after: 1 }, 20_000);
  const [long, after] = (tree as Branch).entries;
  expect(cut).toBe(true);
  expect(long?.value).toMatchObject({ text: expect.stringMatching(/^"x{2000}" \.\.\. \(98,000 more\)$/) });
  expect(after?.key).toBe('"after"');
});

test('invisible characters in keys and texts are escaped', () => {
  const { tree } = treeOf({ 'k\u202e': 'v\u200b"', [`${'k'.repeat(500)}`]: 1 }, 20_000);
  const [first, second] = (tree as Branch).entries;
  expect(first).toEqual({ key: '"k\\u202e"', value: { kind: 'text', text: '"v\\u200b\\""' } });
  expect(second?.key).toBe(`"${'k'.repeat(200)}..."`);
});
