// Texts on the pages: summaries, labels of keys, and text of others made safe to read.
import { describe, expect, test } from 'vitest';
import { cutText, summaryOf, visible } from './text.ts';

describe('the summary of a job', () => {
  test.each<[unknown, string]>([
    [{ to: 'ada@example.test', subject: 'Welcome', template: 'welcome' }, 'ada@example.test, Welcome'],
    [
      { sourceUrl: 'https://example.com/photos/harbour.jpg?v=2', operations: [{}], outputPath: '/out/harbour.webp' },
      'harbour.jpg, harbour.webp',
    ],
    [{ file: { upload: 'id', name: 'cat.png', type: 'image/png', size: 3 } }, 'cat.png'],
    [{ operations: [{}, {}], nested: { deep: 'no' } }, 'report'],
    [{ a: '', b: '  ', c: 5 }, '5'],
    [{ apiKey: 'k', password: 'p', to: 'ada' }, 'ada'],
    [{ name: 'a\u202egnp.exe' }, 'a\\u202egnp.exe'],
    ['a\n  text', 'a text'],
    [null, 'report'],
    [[1, 2], '2 entries'],
    [{ path: '/' }, '/'],
  ])('of %j', (data, expected) => {
    expect(summaryOf({ type: 'report', data, summary: null })).toBe(expected);
  });

  test('is cut between characters, not inside one', () => {
    const line = summaryOf({ type: 'report', data: { text: '\u{1f600}'.repeat(200) }, summary: null });
    expect(line).toBe(`${'\u{1f600}'.repeat(117)}...`);
  });
});

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

test('a character of two code units is not cut in half', () => {
  expect(cutText('ab\u{1f600}c', 3)).toEqual({ text: 'ab', left: 3 });
  expect(cutText('ab\u{1f600}c', 4)).toEqual({ text: 'ab\u{1f600}', left: 1 });
});
