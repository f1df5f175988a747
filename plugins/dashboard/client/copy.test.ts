// @vitest-environment happy-dom
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { attachCopy } from './copy.ts';

beforeAll(attachCopy);
afterEach(() => vi.unstubAllGlobals());

const PAGE = `<pre id="text">curl 'x'</pre><button class="copy" data-copy="text" data-done="Copied" data-failed="Not possible">Copy</button>`;

function page(): HTMLButtonElement {
  document.body.innerHTML = PAGE;
  return document.querySelector('button') as HTMLButtonElement;
}

test('a text is copied, and the button confirms it', async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('navigator', { clipboard: { writeText } });
  const button = page();
  button.click();
  await vi.waitFor(() => expect(button.textContent).toBe('Copied'));
  expect(writeText).toHaveBeenCalledWith("curl 'x'");
});

test('over plain http, without a clipboard, it is copied through a temporary field', async () => {
  let copied = '';
  vi.stubGlobal('isSecureContext', false);
  document.execCommand = () => {
    copied = document.querySelector('textarea')?.value ?? '';
    return true;
  };
  const button = page();
  button.click();
  await vi.waitFor(() => expect(button.textContent).toBe('Copied'));
  expect(copied).toBe("curl 'x'");
  expect(document.querySelector('textarea')).toBeNull();
});

test('a missing file is not copied, and the button says so', async () => {
  vi.stubGlobal('fetch', async () => new Response('', { status: 404 }));
  const button = page();
  button.dataset.copyFrom = '/jobs/job/1/data.json';
  button.click();
  await vi.waitFor(() => expect(button.textContent).toBe('Not possible'));
});
