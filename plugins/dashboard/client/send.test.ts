// @vitest-environment happy-dom
// What a quick form does with its answer: nothing is sent twice, and what went wrong is said.
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { attachSend } from './send.ts';

const ACTION = '/act?kind=job&name=a&step=retry';
const PAGE = `<div id="notice" role="status"></div><main id="content">
  <form method="post" action="${ACTION}" data-step="retry"><button type="submit">Retry</button></form>
  <table><tr data-key="a"><td class="what"><a href="#a">a</a></td></tr></table></main>`;
const find = <T extends Element>(selector: string): T => document.querySelector<T>(selector) as T;
const notice = (): string => `${find('#notice').getAttribute('role')}: ${find('#notice').textContent}`;
const press = (): void => find<HTMLButtonElement>('form button').click();
/** The requests that were posted, each with the way to answer it. */
let posted: { answer: (status: number, html?: string, type?: string) => void; fail: () => void }[];
/** Forms that were left to the browser. */
let plain: number;

beforeAll(() => {
  attachSend();
  document.addEventListener('submit', (event) => {
    if (!event.defaultPrevented) plain++;
    event.preventDefault();
  });
});
beforeEach(() => {
  posted = [];
  plain = 0;
  document.body.innerHTML = PAGE;
  vi.stubGlobal('fetch', (_: string, { method }: RequestInit) => {
    if (method !== 'POST') return Promise.reject(new Error('away'));
    return new Promise((done, fail) => {
      const answer = (status: number, html = '', type = 'text/html') => {
        const headers = new Headers({ 'content-type': type });
        done({ status, headers, url: location.href, redirected: status === 200, text: async () => html });
      };
      posted.push({ answer, fail: () => fail(new Error('away')) });
    });
  });
});
/** Ends pending requests, so that the next test may send the same. */
afterEach(async () => {
  for (const { answer } of posted) answer(500);
  await new Promise((done) => setTimeout(done));
  vi.unstubAllGlobals();
});

describe('a form', () => {
  test('closes its question when done, and returns the focus', async () => {
    const form = find('form');
    const question = document.createElement('details');
    question.className = 'confirm';
    question.open = true;
    question.innerHTML = '<summary tabindex="0">Cancel</summary>';
    form.replaceWith(question);
    question.append(form);
    press();
    posted[0]?.answer(200, document.body.innerHTML);
    await vi.waitFor(() => expect(question.open).toBe(false));
    expect(document.activeElement?.textContent).toBe('Cancel');
  });

  test('is not sent twice at once, and can be sent again after the answer', async () => {
    press();
    press();
    expect(posted).toHaveLength(1);
    posted[0]?.answer(200, PAGE.replace('"status">', '"status"><p>Done.</p>'));
    await vi.waitFor(() => expect(notice()).toBe('status: Done.'));
    press();
    expect(posted).toHaveLength(2);
  });

  test.each([500, 502, 204])(
    'answered with %i may have taken effect: the page says so, and it is not sent again',
    async (status) => {
      press();
      posted[0]?.answer(status, '<h1>Bad gateway</h1>');
      await vi.waitFor(() => expect(notice()).toContain(`(${status})`));
      expect(notice()).toMatch(/^alert: Unexpected answer from the server/);
      expect([posted.length, plain]).toEqual([1, 0]);
    },
  );

  test('without an answer says that the server is unreachable', async () => {
    press();
    posted[0]?.fail();
    await vi.waitFor(() => expect(notice()).toMatch(/^alert: Server unreachable/));
  });

  test('refused with one of our pages shows that page', async () => {
    press();
    posted[0]?.answer(404, '<main id="content"><h1>There is no such action</h1></main>');
    await vi.waitFor(() => expect(find('main').textContent).toBe('There is no such action'));
    expect(plain).toBe(0);
  });

  test.each([401, 403])('refused with %i and another page is left to the browser, which shows it', async (status) => {
    press();
    posted[0]?.answer(status, '<h1>No</h1>');
    await vi.waitFor(() => expect(plain).toBe(1));
  });
});

test('a form refused by the API, as after a session has ended, says so without leaving for a page of JSON', async () => {
  press();
  posted[0]?.answer(401, '{"code":"UNAUTHORIZED"}', 'application/problem+json');
  await vi.waitFor(() => expect(notice()).toMatch(/^alert: Request rejected \(401\)/));
  expect(plain).toBe(0);
});

test('a form whose page cannot be updated is not sent again while the page is left', async () => {
  const assign = vi.spyOn(location, 'assign').mockImplementation(() => {});
  find('table').outerHTML = '<table class="jobs"><tbody><tr data-key="a"><td>a</td></tr></tbody></table>';
  find('form').setAttribute('action', '/act?kind=job&name=b&step=retry');
  press();
  press();
  expect(find('form button').getAttribute('aria-busy')).toBe('true');
  posted[0]?.answer(200, PAGE);
  await vi.waitFor(() => expect(assign).toHaveBeenCalledOnce());
  press();
  expect([posted.length, plain]).toEqual([1, 0]);
});
