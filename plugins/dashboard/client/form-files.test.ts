// @vitest-environment happy-dom
// A job with files that could not be sent is never added without them: the form stays, and says what happened.
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { attachForm } from './form.ts';

const FORM = `<div id="notice"></div><form id="schema-form" method="post" action="/add" data-schema-form data-sending="Sending">
  <input id="data/file" type="file" data-file />
  <button type="submit" name="do" value="add">Add</button>
</form>`;
const find = <T extends Element>(selector: string): T => document.querySelector<T>(selector) as T;
const press = (): void => find<HTMLButtonElement>('button').click();
const wrong = (): string => document.querySelector('#notice p')?.textContent ?? '';

interface Upload {
  status: number;
  responseText: string;
  onloadend: () => void;
}

let uploads: Upload[];
let plain: number;
let answer: () => Promise<Response>;

beforeAll(() => {
  attachForm();
  document.addEventListener('submit', (event) => {
    if (!event.defaultPrevented) plain++;
    event.preventDefault();
  });
});
beforeEach(() => {
  uploads = [];
  plain = 0;
  document.body.innerHTML = FORM;
  const file = new File(['x'], 'x.txt');
  Object.defineProperty(find('input'), 'files', { value: [file] });
  answer = async () => new Response('{"type":"mail"}', { headers: { 'content-type': 'application/json' } });
  vi.stubGlobal('fetch', () => answer());
  vi.stubGlobal(
    'XMLHttpRequest',
    class implements Upload {
      upload = {};
      status = 0;
      responseText = '';
      onloadend = () => {};
      open(): void {}
      send(): void {
        uploads.push(this);
      }
      getResponseHeader(): null {
        return null;
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

async function upload(answered: Partial<Upload>): Promise<void> {
  press();
  await vi.waitFor(() => expect(uploads).toHaveLength(1));
  expect(document.querySelector('.sending')).not.toBeNull();
  press();
  Object.assign(uploads[0] as Upload, answered).onloadend();
  await vi.waitFor(() => expect(wrong()).not.toBe(''));
  expect(document.querySelector('.sending')).toBeNull();
  expect([uploads.length, plain, find('form').hasAttribute('data-schema-form')]).toEqual([1, 0, true]);
}

test.each<[what: string, answer: Partial<Upload>, shown: string]>([
  ['413 of a proxy', { status: 413, responseText: '<h1>No</h1>' }, 'Request rejected (413); nothing was changed.'],
  [
    'a sign-in page',
    { status: 200, responseText: '<h1>Sign in</h1>' },
    'Unexpected answer from the server. Check whether it worked before trying again.',
  ],
  ['a lost connection', {}, 'Server unreachable.'],
])('%s is reported', async (_what, answered, shown) => {
  await upload(answered);
  expect(wrong()).toContain(shown);
});

test('errors of single fields are shown above the page if the server cannot show them in the form', async () => {
  const first = answer;
  answer = async () => {
    answer = async () => Promise.reject(new Error('away'));
    return first();
  };
  const errors = [{ path: 'data.file', message: 'is too large' }];
  await upload({
    status: 400,
    responseText: JSON.stringify({ code: 'INVALID_DATA', detail: 'See `errors`.', errors }),
  });
  expect(wrong()).toBe('data.file is too large');
});

test.each([
  ['an answer that is not a form', async () => new Response('<h1>No</h1>', { status: 504 }), '(504)'],
  ['no answer', async () => Promise.reject(new Error('away')), 'nothing was changed'],
])('%s is reported before the files are sent', async (_, answered, text) => {
  answer = answered;
  press();
  await vi.waitFor(() => expect(wrong()).toContain(text));
  expect([uploads.length, plain]).toEqual([0, 0]);
});
