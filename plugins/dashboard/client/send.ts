// Submits small forms without leaving the page, then shows the outcome and the updated page.
import { holdsRows, pageIn, renew, show } from './renew.ts';

/** The message for an unexpected answer, with its status or 0 if it is unknown; undefined: there was none. */
export function outcomeOf(status: number | undefined): string {
  if (status === undefined) return 'Server unreachable. Check whether it worked before trying again.';
  if (isRefusal(status)) return `Request rejected (${status}); nothing was changed.`;
  return `Unexpected answer from the server${status === 0 ? '' : ` (${status})`}. Check whether it worked before trying again.`;
}

/** The request changed nothing and may be sent again. */
const isRefusal = (status: number): boolean => status >= 400 && status < 500;

export function showFailure(text: string): void {
  const line = Object.assign(document.createElement('p'), { className: 'notice refused', textContent: text });
  const dismiss = Object.assign(document.createElement('button'), { className: 'link', textContent: 'Dismiss' });
  dismiss.dataset.dismiss = '';
  showNotice([line, dismiss], 'alert');
}

function showNotice(nodes: Iterable<Node>, role: string): void {
  const place = document.getElementById('notice');
  if (!place) return;
  place.setAttribute('role', role);
  place.replaceChildren(...nodes);
}

/** The parameters that an action adds to the address. */
const NOTICE_PARAMETERS = ['notice', 'refused', 'step', 'done', 'left', 'why', 'job', 'undo'];

export function attachSend(): void {
  // The browser may show a page again that was left.
  window.addEventListener('pageshow', () => pending.clear());
  const address = new URL(location.href);
  if (address.searchParams.has('notice') || address.searchParams.has('refused')) {
    history.replaceState(history.state, '', withoutNotice(address));
  }
  document.addEventListener('click', ({ target }) => {
    if (target instanceof Element && target.closest('[data-dismiss]')) showNotice([], 'status');
  });
  document.addEventListener('submit', (event) => {
    const { target: form, submitter } = event;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented || 'plain' in form.dataset) return;
    if (form.getAttribute('method') !== 'post' || submitter?.getAttribute('formmethod') === 'dialog') return;
    event.preventDefault();
    // The first press of a double click shows that it is under way.
    const isBusy = submitter?.getAttribute('aria-busy') === 'true';
    submitter?.setAttribute('aria-busy', 'true');
    send(form, fieldsOf(form, submitter))
      .then(
        (outcome) => {
          if (outcome === 'done') closeQuestion(form);
          else if (outcome !== 'leaving' && 'unsaved' in form.dataset) form.dataset.dirty = '';
        },
        () => leaveToBrowser(form, submitter),
      )
      .finally(() => {
        if (!isBusy) submitter?.removeAttribute('aria-busy');
      });
  });
}

/** Only the browser can show this answer. */
export function leaveToBrowser(form: HTMLFormElement, submitter: HTMLElement | null): void {
  form.dataset.plain = '';
  form.requestSubmit(submitter);
}

/** Pressing the answer again would act twice. */
function closeQuestion(form: HTMLFormElement): void {
  const question = form.closest<HTMLDetailsElement>('details.confirm[open]');
  if (!question) return;
  question.open = false;
  question.querySelector('summary')?.focus();
}

/** Without files. */
export function fieldsOf(form: HTMLFormElement, submitter?: HTMLElement | null): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) if (typeof value === 'string') fields.append(name, value);
  return fields;
}

/** Undefined if the server is unreachable. */
export const post = ({ action }: HTMLFormElement, body: URLSearchParams): Promise<Response | undefined> =>
  fetch(action, { method: 'POST', body }).catch(() => undefined);

/** Requests in flight, which are not sent twice. */
const pending = new Set<string>();

/** `shown`: the answer is a page, such as a form with errors. */
type Outcome = 'done' | 'shown' | 'failed' | 'leaving';

/** Failed, too, if the same request is in flight already. Throws if only a plain form can show the answer. */
async function send(form: HTMLFormElement, fields: URLSearchParams): Promise<Outcome> {
  const what = `${form.action} ${fields}`;
  if (pending.has(what)) return 'failed';
  pending.add(what);
  let outcome: Outcome = 'failed';
  try {
    const answer = await post(form, fields);
    if (answer) outcome = await take(answer, form);
    else showFailure(outcomeOf(undefined));
    if (outcome === 'shown') window.scrollTo({ top: 0 });
    return outcome;
  } finally {
    if (outcome !== 'leaving') pending.delete(what);
  }
}

/**
 * Shows the answer to a form, or its failure. A successful action redirects to a page; then the form shows what is stored.
 * `prepare` is called before another page is shown. Throws if only a plain form can show the answer.
 */
export async function take(answer: Response, form: HTMLFormElement, prepare?: () => void): Promise<Outcome> {
  const page = pageIn(await answer.text().catch(() => ''));
  const notice = page.getElementById('notice');
  if (!answer.redirected) {
    // The core answers with a problem, not a page, if for example the session has expired.
    const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json');
    const isOurs = (answer.ok && notice !== null) || isRefusal(answer.status);
    if (isProblem || !isOurs) {
      showFailure(outcomeOf(answer.status));
      return 'failed';
    }
    for (const kept of document.querySelectorAll('main form[data-keep]')) kept.removeAttribute('data-keep');
    prepare?.();
    if (!show(page)) throw new Error('The answer is not one of our pages.');
    showNotice([], 'status');
    return 'shown';
  }
  if (notice) showNotice(notice.childNodes, notice.getAttribute('role') ?? 'status');
  const there = withoutNotice(new URL(answer.url));
  const isHere = there === withoutNotice(new URL(location.href));
  if (isHere) {
    form.removeAttribute('data-keep');
    form.reset();
  }
  // A list keeps its rows in their places.
  const isShown = isHere && (holdsRows() ? (await renew().catch(() => 'failed')) === 'done' : show(page));
  if (isShown) return 'done';
  location.assign(answer.url);
  return 'leaving';
}

function withoutNotice(address: URL): string {
  for (const name of NOTICE_PARAMETERS) address.searchParams.delete(name);
  return address.href;
}
