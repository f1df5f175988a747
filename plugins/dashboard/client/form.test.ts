// @vitest-environment happy-dom
// Buttons of a form are answered without a new page: what was typed meanwhile stays, and nothing that was pressed is lost.
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { attachForm } from './form.ts';

const formWith = (rows: number): string => {
  const row = (i: number) => `<div class="row"><input id="data/to/${i}" name="data/to/${i}" /></div>`;
  return `<form id="schema-form" method="post" action="/add" data-schema-form>
    <details id="data/more"><summary>Plugin pages</summary></details>
    <div data-rows="data/to">
      <input type="hidden" name="data/to?rows" value="${rows}" />
      ${Array.from({ length: rows }, (_, i) => row(i)).join('')}
      <button type="submit" name="do" value="add data/to">Add</button>
    </div>
    <button type="submit" name="do" value="json">JSON</button>
  </form>`;
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
        posted.push({ body, answer: (html) => done({ text: async () => html }), fail: () => fail(new Error('away')) });
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

test('if the server is unreachable the form is sent by the browser, which shows that', async () => {
  const sent = new Promise<string>((done) => {
    const take = (event: SubmitEvent): void => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      done((event.submitter as HTMLButtonElement).value);
    };
    document.addEventListener('submit', take, { capture: true });
  });
  press('add data/to');
  posted[0]?.fail();
  expect(await sent).toBe('add data/to');
});
