// @vitest-environment happy-dom
// A question is answered by its own dialog, also when it comes right after another one.
import { beforeEach, expect, test } from 'vitest';
import { ask } from './keys.ts';

beforeEach(() => {
  document.body.innerHTML = '<dialog id="ask"><p></p><p></p></dialog>';
});
const dialog = (): HTMLDialogElement => document.querySelector('dialog') as HTMLDialogElement;
const closed = (): boolean => dialog().dispatchEvent(new Event('close'));

/** As a button does it: browsers tell of it later. */
function shut(answer: string): void {
  dialog().returnValue = answer;
  dialog().open = false;
}

test('a late answer to a dismissed question does not answer another one', async () => {
  const first = ask('Cancel this job?', 'Letter to Ada');
  shut('');
  const second = ask('Cancel this job?', 'Letter to Bob');
  closed();
  shut('yes');
  closed();
  expect(await Promise.all([first, second])).toEqual([false, true]);
});
