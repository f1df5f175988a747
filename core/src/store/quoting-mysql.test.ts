// Whatever a value is made of, it arrives as it was and ends nothing but itself.
import { expect, test } from 'vitest';
import { openTestDatabase } from '../../test/core-kit.ts';

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

test('is returned by the server unchanged, and ends no statement where a backslash is not an escape', async () => {
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
});
