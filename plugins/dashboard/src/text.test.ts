// The line of text that represents a job.
import { describe, expect, test } from 'vitest';
import { summaryOf } from './text.ts';

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
