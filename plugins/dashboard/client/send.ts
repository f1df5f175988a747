// Submits small forms without leaving the page, then shows the outcome and the updated page.
import { holdsRows, pageIn, renew, show } from './renew.ts';

/** The message for an unexpected answer, with its status or 0 if it is unknown; undefined: there was none. */
export function outcomeOf(status: number | undefined): string {
  if (status === undefined) return 'Server unreachable. Check whether it worked before trying again.';
  return isRefusal(status)
    ? notDone(status)
    : `Unexpected answer from the server${status === 0 ? '' : ` (${status})`}. Check whether it worked before trying again.`;
}

/** The message for a request that changes nothing by itself. */
export function notDone(status: number | undefined): string {
  if (status === undefined) return 'Server unreachable; nothing was changed.';
  return isRefusal(status)
    ? `Request rejected (${status}); nothing was changed.`
    : `Unexpected answer from the server (${status}); nothing was changed.`;
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
    send(form, new FormData(form, submitter))
      .then(
        (isDone) => {
          if (isDone) closeQuestion(form);
          else if ('unsaved' in form.dataset) form.dataset.dirty = '';
        },
        () => {
          // Only the browser can show this answer.
          form.dataset.plain = '';
          form.requestSubmit(submitter);
        },
      )
      .finally(() => {
        if (!isBusy) submitter?.removeAttribute('aria-busy');
      });
  });
}

/** Pressing the answer again would act twice. */
function closeQuestion(form: HTMLFormElement): void {
  const question = form.closest<HTMLDetailsElement>('details.confirm[open]');
  if (!question) return;
  question.open = false;
  question.querySelector('summary')?.focus();
}

/** Requests in flight, which are not sent twice. */
const pending = new Set<string>();

/**
 * False if the request is in flight already, or failed; shows the failure. The form shows what is stored, once it was sent.
 * Throws if only a plain form can show the answer.
 */
async function send(form: HTMLFormElement, body: FormData): Promise<boolean> {
  const { action } = form;
  const fields = new URLSearchParams();
  for (const [name, value] of body) if (typeof value === 'string') fields.append(name, value);
  const what = `${action} ${fields}`;
  if (pending.has(what)) return false;
  pending.add(what);
  let isLeaving = false;
  try {
    const answer = await fetch(action, { method: 'POST', body: fields }).catch(() => undefined);
    if (answer) {
      const outcome = await take(answer, form);
      isLeaving = outcome === 'leaving';
      return outcome !== false;
    }
    showFailure(outcomeOf(undefined));
    return false;
  } finally {
    if (!isLeaving) pending.delete(what);
  }
}

/** A successful action redirects to a page; a form with errors, and a preview, are pages themselves. */
async function take(answer: Response, form: HTMLFormElement): Promise<boolean | 'leaving'> {
  const page = pageIn(await answer.text().catch(() => ''));
  const notice = page.getElementById('notice');
  if (!answer.redirected) {
    // The core answers with a problem, not a page, if for example the session has expired.
    const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json');
    const isOurs = (answer.ok && notice !== null) || isRefusal(answer.status);
    if (isProblem || !isOurs) {
      showFailure(outcomeOf(answer.status));
      return false;
    }
    for (const kept of document.querySelectorAll('main form[data-keep]')) kept.removeAttribute('data-keep');
    if (!show(page)) throw new Error('The answer is not one of our pages.');
    showNotice([], 'status');
    window.scrollTo({ top: 0 });
    return false;
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
  if (isShown) return true;
  location.assign(answer.url);
  return 'leaving';
}

function withoutNotice(address: URL): string {
  for (const name of NOTICE_PARAMETERS) address.searchParams.delete(name);
  return address.href;
}
