// How values are written in a statement.
import mysql2 from 'mysql2';
import { expect, test } from 'vitest';
import { textOf } from './text.ts';

const written = (sql: string, ...values: unknown[]): string =>
  textOf(sql, values, (text, list) => mysql2.format(text, list as never));

test.each([
  ['a backslash before a quote', ["\\'; drop table x; -- "], "select '\\\\''; drop table x; -- '"],
  ['a number', [-1.5], 'select -1.5'],
  ['nothing', [null], 'select null'],
  ['a large number', [9_007_199_254_740_993n], 'select 9007199254740993'],
  ['bytes', [Buffer.from('ab')], "select X'6162'"],
])('%s', (_, values, sql) => {
  expect(written('select ?', ...values)).toBe(sql);
});

test.each([[{ a: 1 }], [[1]], [Number.NaN], [undefined], [new Date(0)], [Symbol('a')]])('%o is refused', (value) => {
  expect(() => written('select ?', value)).toThrow(TypeError);
});

test('a question mark inside a quoted text is not a placeholder', () => {
  expect(written("select 'why?', ?", 'a')).toBe("select 'why?', 'a'");
  expect(written('select ?, ?', '?', '??')).toBe("select '?', '??'");
});
