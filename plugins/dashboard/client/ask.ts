// Asks before something is done that cannot be undone.

let settle: ((answer: boolean) => void) | undefined;

/** True when the answer is yes. `about` says what it is about. */
export function ask(question: string, about = ''): Promise<boolean> {
  const dialog = document.getElementById('ask');
  if (!(dialog instanceof HTMLDialogElement)) return Promise.resolve(false);
  const [first, second] = dialog.querySelectorAll('p');
  if (first) first.textContent = question;
  if (second) second.textContent = about;
  settle?.(false);
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((done) => {
    settle = done;
    // Browsers tell late: it may be about the question before, while this one is open.
    dialog.onclose = () => {
      if (!dialog.open) done(dialog.returnValue === 'yes');
    };
  });
}
