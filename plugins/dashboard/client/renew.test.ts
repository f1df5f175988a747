// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest';
import { pageIn, renew, show } from './renew.ts';

afterEach(() => vi.unstubAllGlobals());

test('an update that arrives after another page is shown does not replace that page', async () => {
  document.body.innerHTML = '<main id="content" data-follows="{}">the panel</main>';
  let answer: (answer: unknown) => void = () => {};
  vi.stubGlobal('fetch', () => new Promise((done) => (answer = done)));
  const renewed = renew();
  document.body.innerHTML = '<main id="content">a form with errors</main>';
  answer({
    status: 200,
    headers: new Headers(),
    text: async () => '<main id="content" data-follows="{}">the panel, later</main>',
  });
  expect(await renewed).toBe('done');
  expect(document.querySelector('main')?.textContent).toBe('a form with errors');
});

test('an update requested before an action does not replace the page that was shown after it', async () => {
  document.body.innerHTML = '<main id="content">failed</main>';
  let answer: (answer: unknown) => void = () => {};
  vi.stubGlobal('fetch', () => new Promise((done) => (answer = done)));
  const renewed = renew(undefined, true);
  expect(show(pageIn('<main id="content">queued again</main>'))).toBe(true);
  const first = answer;
  first({ status: 200, headers: new Headers(), text: async () => '<main id="content">failed</main>' });
  await vi.waitUntil(() => answer !== first);
  answer({ status: 304, headers: new Headers() });
  expect(await renewed).toBe('done');
  expect(document.querySelector('main')?.textContent).toBe('queued again');
});
