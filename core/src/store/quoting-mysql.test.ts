// Whatever a value is made of, it arrives as it was and ends nothing but itself.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase } from '../../test/core-kit.ts';
import type { Dialect } from './dialect.ts';

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

let dialect: Dialect;
beforeAll(async () => {
  dialect = await openTestDatabase();
});
afterAll(() => dialect.close());

const ask = (...values: readonly unknown[]) =>
  dialect.transaction(async (tx) => (await tx.text("select '?' as mark, ? as a, length(?) as n, ? as b", values)).rows);

test('is returned by the server unchanged', async () => {
  const texts = Array.from({ length: 400 }, (_, i) =>
    Array.from({ length: 1 + (i % 9) }, (_, j) => NASTY[(i * 31 + j * j * 17 + j * i) % NASTY.length]).join(''),
  );
  for (const text of texts)
    expect(await ask(text, text, 'end')).toEqual([{ mark: '?', a: text, n: Buffer.byteLength(text), b: 'end' }]);
});

test.each([[{ a: 1 }], [[1]], [Number.NaN], [undefined], [new Date(0)], [Symbol('a')]])(
  '%o is refused',
  async (value) => {
    await expect(ask(value, '', '')).rejects.toThrow(TypeError);
  },
);
