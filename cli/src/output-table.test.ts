// Tables and bars as text.
import { expect, test } from 'vitest';
import { bar, plainProgress, type Style, tableLines } from './output.ts';

const plain = { width: undefined, style: (_style: Style, text: string) => text };

test('columns are as wide as their widest cell, and lines have no trailing spaces', () => {
  expect(
    tableLines(
      ['ID', 'WHAT'],
      [
        ['a', 'one'],
        ['long id', ''],
      ],
      plain,
    ),
  ).toEqual(['ID       WHAT', 'a        one', 'long id']);
});

test('the last column is cut to the width of the terminal', () => {
  const [, line] = tableLines(['ID', 'WHAT'], [['a', 'x'.repeat(100)]], { ...plain, width: 24 });
  expect(line).toBe(`a   ${'x'.repeat(17)}...`);
});

test('colours do not count as width, and control characters in cells are removed', () => {
  const style = (_style: Style, text: string) => `<${text}>`;
  const [head, row] = tableLines(['STATE', 'WHAT'], [[{ text: 'up', style: 'green' }, 'a\u001b[2Jb\nc']], {
    ...plain,
    style,
  });
  expect([head, row]).toEqual(['<STATE>  <WHAT>', '<up   >  a [2Jb c']);
});

test('a bar is filled by its percentage and has count and message', () => {
  expect(bar({ percentage: 25, processed: 2, total: 8, message: 'reading' })).toBe(
    '[######------------------]  25 % 2/8 reading',
  );
  expect(bar({ percentage: 250 })).toBe('[########################] 250 %');
});

test('without a terminal, progress is plain text', () => {
  expect(plainProgress({ percentage: 33.4, processed: 1, message: 'a\nb' })).toBe('33 % 1 a b');
});
