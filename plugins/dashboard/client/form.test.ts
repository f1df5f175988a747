// @vitest-environment happy-dom
// Buttons of a form are answered without a new page: what was typed meanwhile stays, and nothing that was pressed is lost.
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { attachForm } from './form.ts';

const formWith = (rows: number): string => {
  const row = (i: number) => `<div class="row"><input id="data/to/${i}" name="data/to/${i}" /></div>`;
  return `<div id="notice"></div><main id="content"><form id="schema-form" method="post" action="/add" data-schema-form data-keep>
    <details id="data/more"><summary>Plugin pages</summary></details>
    <div data-rows="data/to">
      <input type="hidden" name="data/to?rows" value="${rows}" />
      ${Array.from({ length: rows }, (_, i) => row(i)).join('')}
      <button type="submit" name="do" value="add data/to">Add</button>
    </div>
    <button type="submit" name="do" value="json">JSON</button>
  </form></main>`;
};
const find = <T extends Element>(selector: string): T => document.querySelector<T>(selector) as T;
const rows = (): number => document.querySelectorAll('.row').length;
const press = (value: string): void => find<HTMLButtonElement>(`button[value="${value}"]`).click();

/** The requests that were posted, each with the way to answer it. */
let posted: { body: URLSearchParams; answer: (html: string) => void; fail: () => void }[];

beforeAll(attachForm);
beforeEach(() => {
  posted = [];
  document.body.innerHTML = formWith(1);
  vi.stubGlobal(
    'fetch',
    (_: string, { body }: { body: URLSearchParams }) =>
      new Promise((done, fail) => {
        posted.push({ body, answer: (html) => done(new Response(html)), fail: () => fail(new Error('away')) });
      }),
  );
});
afterEach(() => vi.unstubAllGlobals());

const answered = async (html: string): Promise<void> => {
  posted.at(-1)?.answer(html);
  await vi.waitFor(() => expect(find('#schema-form').outerHTML).toContain('value="2"'));
};

test('a new row keeps text typed meanwhile, open parts stay open, and it gets the focus', async () => {
  press('add data/to');
  expect([posted.length, posted[0]?.body.get('do')]).toEqual([1, 'add data/to']);
  find<HTMLInputElement>('[id="data/to/0"]').value = 'ada';
  find<HTMLDetailsElement>('details').open = true;
  await answered(formWith(2));
  expect([rows(), find<HTMLInputElement>('[id="data/to/0"]').value]).toEqual([2, 'ada']);
  expect(find<HTMLDetailsElement>('details').open).toBe(true);
  expect(document.activeElement?.id).toBe('data/to/1');
});

test('a button pressed before the answer is handled after it', async () => {
  press('add data/to');
  press('add data/to');
  expect(posted).toHaveLength(1);
  await answered(formWith(2));
  await vi.waitFor(() => expect(posted).toHaveLength(2));
  expect(posted[1]?.body.get('data/to?rows')).toBe('2');
  posted[1]?.answer(formWith(3));
  await vi.waitFor(() => expect(rows()).toBe(3));
});

test('a removed row takes its text along, and the rows below move up with theirs', async () => {
  document.body.innerHTML = formWith(3);
  const inputs = [...document.querySelectorAll<HTMLInputElement>('.row input')];
  for (const [i, input] of inputs.entries()) input.value = `row ${i}`;
  find('.row').insertAdjacentHTML('beforeend', '<button type="submit" name="do" value="remove data/to/0">x</button>');
  press('remove data/to/0');
  await answered(formWith(2));
  expect([...document.querySelectorAll<HTMLInputElement>('.row input')]).toEqual(inputs.slice(1));
  expect(inputs.slice(1).map(({ id, name, value }) => [id, name, value])).toEqual([
    ['data/to/0', 'data/to/0', 'row 1'],
    ['data/to/1', 'data/to/1', 'row 2'],
  ]);
});

test('if the server is unreachable the form stays as it is, and the page says so', async () => {
  press('add data/to');
  posted[0]?.fail();
  await vi.waitFor(() => expect(find('#notice').textContent).toContain('Server unreachable; nothing was changed.'));
  expect(rows()).toBe(1);
  press('add data/to');
  expect(posted).toHaveLength(2);
});
