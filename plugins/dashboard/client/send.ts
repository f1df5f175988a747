// Sends the small forms without leaving the page: says what came of it, and shows what is so now.
import { isRefusal, outcomeOf, say, tell } from './outcome.ts';
import { pageIn, renew, show } from './renew.ts';

/** What an action adds to the address of the page it goes back to. */
const TOLD = ['said', 'refused', 'step', 'done', 'left'];

export function attachSend(): void {
  const told = new URL(location.href);
  if (told.searchParams.has('said') || told.searchParams.has('refused')) {
    history.replaceState(history.state, '', withoutTold(told));
  }
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches('form[data-quick]') || event.defaultPrevented) return;
    const { submitter } = event;
    if (submitter instanceof HTMLButtonElement && submitter.formMethod === 'dialog') return;
    event.preventDefault();
    send(form.action, { body: new FormData(form, submitter) }).then(
      (isDone) => {
        if (isDone) form.reset();
      },
      () => {
        // As a plain form: the browser says then what is wrong.
        form.removeAttribute('data-quick');
        form.requestSubmit(submitter);
      },
    );
  });
}

interface Sending {
  body?: FormData;
  /** Stays on this page, wherever the action would lead. */
  stay?: boolean;
}

/** What was sent and is not answered yet: it is not sent a second time. */
const underWay = new Set<string>();

/**
 * False when it is under way already, or was not done as it should be: that is said then.
 * Throws when the server cannot be reached, and when what it says can only be seen by sending the form as a plain one.
 */
export async function send(action: string, { body, stay = false }: Sending = {}): Promise<boolean> {
  const fields = new URLSearchParams();
  for (const [name, value] of body ?? []) if (typeof value === 'string') fields.append(name, value);
  const what = `${action} ${fields}`;
  if (underWay.has(what)) return false;
  underWay.add(what);
  try {
    const answer = await fetch(action, { method: 'POST', body: fields });
    return await take(answer, stay);
  } finally {
    underWay.delete(what);
  }
}

/** What was done leads to a page. */
async function take(answer: Response, stay: boolean): Promise<boolean> {
  const page = pageIn(await answer.text().catch(() => ''));
  if (!answer.redirected) {
    // The core's own answer, as to somebody whose session has ended: no page at all.
    const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json');
    if (stay || isProblem || !isRefusal(answer.status)) tell(outcomeOf(answer.status));
    else if (!show(page)) throw new Error('The answer is none of our pages.');
    return false;
  }
  const said = page.getElementById('said');
  if (said) say(said.childNodes, said.getAttribute('role') ?? 'status');
  if (stay) {
    await renew().catch(() => false);
    return true;
  }
  const there = withoutTold(new URL(answer.url));
  const isHere = there === withoutTold(new URL(location.href));
  if (!isHere || !show(page)) location.assign(answer.url);
  return true;
}

function withoutTold(address: URL): string {
  for (const name of TOLD) address.searchParams.delete(name);
  return address.href;
}
