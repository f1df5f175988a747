// Sends the small forms without leaving the page: says what came of it, and shows what is so now.
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
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    send(form.action, { body }).then(
      () => form.reset(),
      () => {
        // As a plain form: the browser says then what is wrong.
        form.removeAttribute('data-quick');
        form.requestSubmit(event.submitter);
      },
    );
  });
}

interface Sending {
  body?: FormData;
  /** Stays on this page, wherever the action would lead. */
  stay?: boolean;
}

/** Throws when the server cannot be reached. */
export async function send(action: string, { body, stay = false }: Sending = {}): Promise<void> {
  const fields = new URLSearchParams();
  for (const [name, value] of body ?? []) if (typeof value === 'string') fields.append(name, value);
  const answer = await fetch(action, { method: 'POST', body: fields, headers: { accept: 'text/html' } });
  const page = pageIn(await answer.text());
  const said = page.getElementById('said');
  if (said) say(said);
  if (stay) return void (await renew());
  const there = withoutTold(new URL(answer.url));
  const isHere = there === withoutTold(new URL(location.href));
  if (!isHere || !show(page)) location.assign(answer.url);
}

function say(said: HTMLElement): void {
  const place = document.getElementById('said');
  if (!place) return;
  place.setAttribute('role', said.getAttribute('role') ?? 'status');
  place.replaceChildren(...said.childNodes);
}

function withoutTold(address: URL): string {
  for (const name of TOLD) address.searchParams.delete(name);
  return address.href;
}
