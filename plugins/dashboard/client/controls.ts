// Small controls: disclosures, row selection, the next runs of a cron expression, the theme, and relative times that stay current.

import { relative, roughly, type Zone } from '../src/relative.ts';
import { pageIn } from './renew.ts';

const EVERY = 1_000;

const two = (n: number): string => String(n).padStart(2, '0');

/** Writes the reader's own time; UTC is in the tooltip. */
export function localise(page: ParentNode): void {
  for (const time of page.querySelectorAll<HTMLTimeElement>('time:is([data-local], [data-tick])')) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
    const utc = `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
    const { local } = time.dataset;
    time.title = local === undefined ? `${day} ${clock} (${utc})` : utc;
    if (local === undefined) continue;
    const text = `${local === 'date' ? `${day} ` : ''}${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`;
    write(time, text);
  }
}

/** A selection survives where nothing has changed. */
function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function attachTicks(): void {
  // Use the server's clock; the clock of this machine may differ.
  let later = laterOf();
  const update = (): void => tick(Date.now() + later);
  const read = (): void => {
    later = laterOf();
    localise(document);
    update();
  };
  document.addEventListener('renewed', read);
  read();
  setInterval(() => {
    if (!document.hidden) update();
  }, EVERY);
}

function laterOf(): number {
  const now = Number(document.getElementById('content')?.dataset.now);
  return Number.isFinite(now) ? now - Date.now() : 0;
}

const ahead: Zone = (at) => -new Date(at).getTimezoneOffset();

/** Updates times, and durations of what runs. */
function tick(now: number): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-tick]')) {
    const at = Date.parse(time.dateTime);
    if (!Number.isNaN(at)) write(time, relative(time.dataset.tick === 'due' ? Math.max(at, now) : at, now, ahead));
  }
  for (const length of document.querySelectorAll<HTMLElement>('[data-since]')) {
    const lasts = now - Number(length.dataset.since);
    if (lasts >= EVERY) write(length, roughly(lasts));
  }
}

/** Kept for a year, for the server. */
function remember(name: 'theme' | 'zone', value: string): void {
  const path = document.body.dataset.base || '/';
  // biome-ignore lint/suspicious/noDocumentCookie: Firefox and Safari may have no cookie store
  document.cookie = `phraseworks-jobs-${name}=${encodeURIComponent(value)}; path=${path}; max-age=31536000; samesite=lax`;
}

const THEME = 'phraseworks-jobs-theme';

/** Other tabs learn of a choice through the storage; the server reads the cookie. */
export function attachTheme(): void {
  const choice = document.getElementById('theme');
  if (!(choice instanceof HTMLSelectElement)) return;
  const show = (theme: string): void => {
    const { dataset } = document.documentElement;
    if (theme === 'system') delete dataset.theme;
    else dataset.theme = theme;
    choice.value = theme;
  };
  show(document.documentElement.dataset.theme ?? 'system');
  choice.addEventListener('change', () => {
    show(choice.value);
    remember('theme', choice.value);
    localStorage.setItem(THEME, choice.value);
  });
  addEventListener('storage', ({ key, newValue }) => {
    if (key === THEME && newValue !== null) show(newValue);
  });
}

/** The server writes times for the reader. */
export const rememberZone = (): void => remember('zone', Intl.DateTimeFormat().resolvedOptions().timeZone);

const TYPED_FOR = 300;

/** The next runs of the cron expression that is typed, from the server. */
export function attachNextRuns(): void {
  let timer: number | undefined;
  let asked = 0;
  const ask = async (form: HTMLFormElement): Promise<void> => {
    const own = ++asked;
    const fields = new FormData(form);
    const query = new URLSearchParams();
    for (const name of ['schedule', 'timezone']) query.set(name, String(fields.get(name) ?? ''));
    const place = form.querySelector<HTMLElement>('[data-next]');
    const answer = await fetch(`${place?.dataset.next}?${query}`).catch(() => undefined);
    const text = answer?.ok ? await answer.text() : undefined;
    if (text !== undefined && own === asked) place?.replaceChildren(...pageIn(text).body.childNodes);
  };
  document.addEventListener('input', ({ target }) => {
    const form = target instanceof HTMLInputElement && /^(?:schedule|timezone)$/.test(target.name) ? target.form : null;
    if (!form?.querySelector('[data-next]')) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(form), TYPED_FOR);
  });
}

/** Names the value of a chart under the pointer, or at the place that the arrow keys reached. */
export function attachCharts(): void {
  const show = (places: readonly Element[], at: number): void => {
    for (const [i, place] of places.entries()) place.classList.toggle('at', i === at);
    const value = places[at]?.closest('figure')?.querySelector('[data-value]');
    if (value) value.textContent = places[at]?.textContent ?? '';
  };
  document.addEventListener('pointerover', ({ target }) => {
    const place = target instanceof Element ? target.closest('[data-chart] .hits path') : null;
    const places = [...(place?.parentElement?.children ?? [])];
    if (place) show(places, places.indexOf(place));
  });
  document.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const chart = event.target;
    if (step === undefined || !(chart instanceof HTMLElement) || !('chart' in chart.dataset)) return;
    event.preventDefault();
    const places = [...chart.querySelectorAll('.hits path')];
    const before = places.findIndex((place) => place.classList.contains('at'));
    show(places, before < 0 ? places.length - 1 : Math.min(Math.max(before + step, 0), places.length - 1));
  });
}

/** Pages in frames run no scripts, so only their page can tell how high they are. */
export function attachFrames(): void {
  const measure = (frame: EventTarget | null): void => {
    const root = frame instanceof HTMLIFrameElement ? frame.contentDocument?.documentElement : undefined;
    if (!(frame instanceof HTMLIFrameElement) || !root) return;
    frame.style.height = '0';
    frame.style.height = `${root.scrollHeight + 2}px`;
  };
  // A frame may have been loaded before the script.
  for (const frame of document.querySelectorAll('iframe.frame')) measure(frame);
  document.addEventListener('load', ({ target }) => measure(target), { capture: true });
}

const BOXES = 'input[name="id"][form="chosen"]';

export function attachList(): void {
  document.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.id === 'choose-all') for (const box of boxes()) box.checked = target.checked;
    if (target.id === 'choose-all' || target.matches(BOXES)) showCount();
  });
  document.addEventListener('reset', () => queueMicrotask(showCount));
  document.addEventListener('renewed', showCount);
  // The browser may have restored a selection.
  showCount();
}

const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>(BOXES)];

function showCount(): void {
  const all = boxes();
  const chosen = all.filter((box) => box.checked).length;
  const head = document.getElementById('choose-all');
  if (head instanceof HTMLInputElement) {
    head.checked = chosen > 0 && chosen === all.length;
    head.indeterminate = chosen > 0 && chosen < all.length;
  }
  const number = document.querySelector('#chosen .chosen-count');
  if (number) number.textContent = String(chosen);
}

const OPEN = 'details:is(.menu, .confirm)[open]';

export function attachDrops(): void {
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLButtonElement>('button[data-fold]') : null;
    const tree = button && document.getElementById(button.dataset.fold ?? '');
    if (tree) foldAll(tree);
    for (const drop of document.querySelectorAll<HTMLDetailsElement>(OPEN)) {
      if (!(target instanceof Node && drop.contains(target))) drop.open = false;
    }
  });
  document.addEventListener('keydown', ({ key }) => {
    const drop = document.querySelector<HTMLDetailsElement>(OPEN);
    if (key !== 'Escape' || !drop) return;
    drop.open = false;
    drop.querySelector('summary')?.focus();
  });
}

/** Opens all if one is folded; otherwise folds all but the first. */
function foldAll(tree: Element): void {
  const parts = [...tree.querySelectorAll('details')];
  const open = parts.some((part) => !part.open);
  for (const [i, part] of parts.entries()) part.open = open || i === 0;
}
