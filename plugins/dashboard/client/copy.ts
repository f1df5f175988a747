// Copy buttons: for the text of an element (`data-copy`, an id) or a file (`data-copy-from`, an address).

/** Milliseconds for which a button shows the outcome. */
const SHOWN_FOR = 2_000;

export function attachCopy(): void {
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLButtonElement>('button.copy') : null;
    if (button) void press(button);
  });
}

async function press(button: HTMLButtonElement): Promise<void> {
  const done = await textOf(button).then(copy, () => false);
  const label = button.textContent ?? '';
  const feedback = done ? button.dataset.done : button.dataset.failed;
  if (feedback === undefined || label === feedback) return;
  button.textContent = feedback;
  // A live update must not reset the label.
  button.dataset.keep = '';
  setTimeout(() => {
    button.textContent = label;
    delete button.dataset.keep;
  }, SHOWN_FOR);
}

async function textOf({ dataset }: HTMLButtonElement): Promise<string> {
  if (dataset.copyFrom === undefined) return document.getElementById(dataset.copy ?? '')?.textContent ?? '';
  const answer = await fetch(dataset.copyFrom);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.text();
}

/** Over plain HTTP the clipboard API is unavailable, so select the text in a field and copy it from there. */
async function copy(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    const written = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (written) return true;
  }
  return copyFromField(text);
}

function copyFromField(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.className = 'hidden';
  document.body.append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } finally {
    field.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }
}
