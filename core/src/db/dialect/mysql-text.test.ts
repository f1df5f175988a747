// Whatever a value is made of, it arrives as it was and ends nothing but itself.
import mysql2 from 'mysql2';
import { expect, test } from 'vitest';
import { openTestDatabase } from '../../testing/engine-kit.ts';
import { onMysql } from '../../testing/test-database.ts';
import { textOf } from './mysql-text.ts';

const written = (sql: string, ...values: unknown[]): string =>
  textOf(sql, values, (text, list) => mysql2.format(text, list as never));

test.each([
  ['a text', ['a'], "select 'a'"],
  ['a quote', ["it's"], "select 'it''s'"],
  ['a backslash before a quote', ["\\'; drop table x; -- "], "select '\\\\''; drop table x; -- '"],
  ['JSON', ['{"a":"b"}'], `select '{"a":"b"}'`],
  ['a number', [-1.5], 'select -1.5'],
  ['nothing', [null], 'select null'],
  ['a large number', [9_007_199_254_740_993n], 'select 9007199254740993'],
  ['a truth', [true], 'select true'],
  ['bytes', [Buffer.from('ab')], "select X'6162'"],
])('%s', (_, values, sql) => {
  expect(written('select ?', ...values)).toBe(sql);
});

test.each([[{ a: 1 }], [[1]], [Number.NaN], [undefined], [new Date(0)], [Symbol('a')]])('%o is refused', (value) => {
  expect(() => written('select ?', value)).toThrow(TypeError);
});

test('a question mark inside a text of the statement is no place for a value', () => {
  expect(written("select 'why?', ?", 'a')).toBe("select 'why?', 'a'");
  expect(written('select ?, ?', '?', '??')).toBe("select '?', '??'");
});

/** Every character that a parser may care about, and some that take more than one byte. */
const NASTY = [
  "'",
  '"',
  '`',
  '\\',
  '\0',
  '\b',
  '\t',
  '\n',
  '\r',
  '\u001a',
  '%',
  '_',
  ';',
  '--',
  '/*',
  '?',
  'ä',
  '€',
  '😀',
  '\u2028',
  ' ',
];

test.runIf(onMysql())(
  'comes back from the server as it was, and ends nothing where a backslash is no escape',
  async () => {
    const dialect = await openTestDatabase();
    const ask = async (text: string) =>
      dialect.transaction(
        async (tx) => (await tx.text('select ? as a, length(?) as n, ? as b', [text, text, 'end'])).rows,
      );
    const texts = Array.from({ length: 400 }, (_, i) =>
      Array.from({ length: 1 + (i % 9) }, (_, j) => NASTY[(i * 31 + j * j * 17 + j * i) % NASTY.length]).join(''),
    );
    try {
      for (const text of texts) expect(await ask(text)).toEqual([{ a: text, n: Buffer.byteLength(text), b: 'end' }]);
      await dialect.transaction(async (tx) => {
        await tx.text("set session sql_mode = 'NO_BACKSLASH_ESCAPES'", []);
        for (const text of texts) {
          const { rows } = await tx.text('select ? as a, ? as b', [text, 'end']);
          expect(rows).toEqual([{ a: text.replaceAll('\\', '\\\\'), b: 'end' }]);
        }
      });
    } finally {
      await dialect.close();
    }
  },
);
