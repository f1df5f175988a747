// Answers go to standard output, remarks to standard error; colours and bars appear only on a terminal.
import type { Env } from '@phraseworks/jobs/internals/base';
import { expect, test } from 'vitest';
import { Output, type Style, tableLines } from './output.ts';

function outputs({ isTTY = false, json = false, env = {} as Env, columns = 80 } = {}) {
  const said = { out: '', err: '' };
  const stdout = {
    isTTY,
    columns,
    write: (text: string): void => {
      said.out += text;
    },
  };
  const stderr = {
    write: (text: string): void => {
      said.err += text;
    },
  };
  return { said, out: new Output(stdout, stderr, env, json) };
}

test.each<Env>([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('%j means no colours', (env) => {
  const { said, out } = outputs({ isTTY: true, env });
  out.line(out.style('red', 'one'));
  expect(said.out).toBe('one\n');
});

test('control characters are escaped in JSON and keep their meaning', () => {
  const { said, out } = outputs({ json: true });
  const value = { text: '\u009b31mred\u007f' };
  out.answer(value, () => {});
  out.data(value);
  expect(said.out).not.toMatch(/[\u007f-\u009f]/);
  expect(
    said.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([value, value]);
});

const plain = { width: undefined, style: (_style: Style, text: string) => text };

test('colours do not count as width, and control characters in cells are removed', () => {
  const style = (_style: Style, text: string) => `<${text}>`;
  const [head, row] = tableLines(['STATE', 'WHAT'], [[{ text: 'up', style: 'green' }, 'a\u001b[2Jb\nc']], {
    ...plain,
    style,
  });
  expect([head, row]).toEqual(['<STATE>  <WHAT>', '<up   >  a [2Jb c']);
});
