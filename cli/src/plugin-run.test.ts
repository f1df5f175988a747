import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { ask } from './plugin-run.ts';

function asked(signal = new AbortController().signal) {
  const input = new PassThrough();
  const said: string[] = [];
  const answer = ask('Go on?', input, (text) => said.push(text), signal);
  return { input, said, answer };
}

test.each([
  ['y', true],
  ['YES ', true],
  ['n', false],
  ['', false],
  ['yellow', false],
])('%j is %s', async (line, yes) => {
  const { input, said, answer } = asked();
  input.write(`${line}\n`);
  expect([await answer, said]).toEqual([yes, ['Go on? [y/N] ']]);
});

test('no answer to a question counts as no', async () => {
  const { input, answer } = asked();
  input.end();
  expect(await answer).toBe(false);
});

test('a signal ends the question with its reason, even if it fired before', async () => {
  const stop = new AbortController();
  const { answer } = asked(stop.signal);
  stop.abort(new Error('stopped'));
  await expect(answer).rejects.toThrow('stopped');
  await expect(asked(stop.signal).answer).rejects.toThrow('stopped');
});
