import { expect, test } from 'vitest';
import { cutText, shown, visible } from '../text.ts';

test.each([
  ['invoice\u202egnp.exe', 'invoice\\u202egnp.exe'],
  ['a\u0000b\u001b[31mc\u007f', 'a\\u0000b\\u001b[31mc\\u007f'],
  ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
  ['two\r\nlines\tand a tab', 'two\nlines\tand a tab'],
  ['a\rb', 'a\\u000db'],
  [
    'caf\u00e9 \u4f60\u597d \u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
    'caf\u00e9 \u4f60\u597d \u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  ],
])('%j is shown as %j', (given, expected) => {
  expect(visible(given)).toBe(expected);
});

test('a long text is cut, with the number of characters left out', () => {
  expect(shown('x'.repeat(100_000), 10)).toBe(`${'x'.repeat(10)}... (99,990 more)`);
  expect(shown('short', 10)).toBe('short');
});

test('a character of two code units is not cut in half', () => {
  expect(cutText('ab\u{1f600}c', 3)).toEqual({ text: 'ab', left: 3 });
  expect(cutText('ab\u{1f600}c', 4)).toEqual({ text: 'ab\u{1f600}', left: 1 });
});
