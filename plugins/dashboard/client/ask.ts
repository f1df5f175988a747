// Asks before something is done that cannot be undone.

/** True when the answer is yes. `about` says what it is about. */
export function ask(question: string, about = ''): Promise<boolean> {
  const dialog = document.getElementById('ask');
  if (!(dialog instanceof HTMLDialogElement)) return Promise.resolve(false);
  const [first, second] = dialog.querySelectorAll('p');
  if (first) first.textContent = question;
  if (second) second.textContent = about;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener('close', () => done(dialog.returnValue === 'yes'), { once: true });
  });
}
