// What is known of a form whose answer is not the expected one, and saying it at the top of the page.
/** Without a status there was no answer. */
export function outcomeOf(status: number | undefined): string {
  if (status === undefined) return 'Server unreachable. Check whether it worked before trying again.';
  return isRefusal(status)
    ? notDone(status)
    : `Unexpected answer from the server (${status}). Check whether it worked before trying again.`;
}

/** For what changes nothing by itself, whatever the answer is. */
export function notDone(status: number | undefined): string {
  if (status === undefined) return 'Server unreachable; nothing was changed.';
  return isRefusal(status)
    ? `Request rejected (${status}); nothing was changed.`
    : `Unexpected answer from the server (${status}); nothing was changed.`;
}

/** Then it was not done, and may be sent again. */
export const isRefusal = (status: number): boolean => status >= 400 && status < 500;

export function tell(text: string): void {
  const line = Object.assign(document.createElement('p'), { className: 'said refused', textContent: text });
  say([line], 'alert');
}

export function say(nodes: Iterable<Node>, role: string): void {
  const place = document.getElementById('said');
  if (!place) return;
  place.setAttribute('role', role);
  place.replaceChildren(...nodes);
}
