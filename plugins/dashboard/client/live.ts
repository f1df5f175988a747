// Updates the page after events about what it shows, and shows whether it is live, reconnecting or paused.
import { createClient, type EventFilter, type LiveState } from '@phraseworks/sdk/client';
import { isFollowing } from './follow.ts';
import { contentOf, heldAddress, renew, rowsHere } from './renew.ts';
import { showFailure } from './send.ts';

interface PaceOptions {
  /** Returns false if it should be tried again, less and less often. */
  run(): Promise<boolean>;
  /** The least milliseconds between two starts. */
  every: number;
  /** The longest delay before another try. */
  most: number;
  now(): number;
}

interface Pace {
  /** Runs soon; further requests meanwhile share the next run. */
  ask(): void;
  /** Postpones all runs until `go`. */
  hold(): void;
  go(): void;
}

export function createPace({ run, every, most, now }: PaceOptions): Pace {
  let asked = false;
  let held = false;
  let running = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let next = Number.NEGATIVE_INFINITY;
  let failures = 0;

  const plan = (): void => {
    if (!asked || held || running || timer !== undefined) return;
    timer = setTimeout(start, Math.max(0, next - now()));
  };
  const start = async (): Promise<void> => {
    timer = undefined;
    asked = false;
    running = true;
    const began = now();
    const isDone = await run().catch(() => false);
    running = false;
    next = began + every;
    failures = isDone ? 0 : failures + 1;
    if (!isDone) {
      asked = true;
      next = now() + Math.min(most, every * 2 ** failures);
    }
    plan();
  };
  return {
    ask: () => {
      asked = true;
      plan();
    },
    hold: () => {
      held = true;
      clearTimeout(timer);
      timer = undefined;
    },
    go: () => {
      held = false;
      plan();
    },
  };
}

const KEY = 'phraseworks-jobs-paused';

/** For this tab only; null if nothing was kept, or storage is blocked. */
function kept(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: string): void {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // Storage is blocked, so it lasts for this page only.
  }
}

/** The texts are attributes of the mark. Hidden without a state. */
function showState(mark: HTMLElement, state: LiveState | undefined): void {
  mark.hidden = state === undefined;
  if (state === undefined || mark.dataset.state === state) return;
  mark.dataset.state = state;
  const word = mark.querySelector('span');
  if (word) word.textContent = mark.dataset[state] ?? state;
  mark.title = (state === 'paused' ? mark.dataset.resume : mark.dataset.pause) ?? '';
}

/** The first change shows at once. */
const EVERY = 2_000;
const MOST = 15_000;
/** Some changes have no event: a deleted job, a disabled plugin. */
const WITHOUT_EVENTS = 15_000;

const AWAY = 'Server unreachable. This page stays open and reconnects.';

/** Shows the new jobs, and keeps the ticks of the rows that stay. */
export function attachRows(): void {
  document.addEventListener('click', async (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[data-fresh]') : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if ((await renew(location.href).catch(() => 'failed')) === 'failed') return showFailure(AWAY);
    document.body.style.minHeight = '';
    window.scrollTo({ top: 0 });
    document.querySelector<HTMLElement>('table.jobs .what a')?.focus({ preventScroll: true });
  });
}

const LEFT = 'phraseworks-jobs-left';

/** Back leads to the same rows, at the same height, with the same one focused. */
export function attachBack(): void {
  window.addEventListener('pagehide', () => {
    const focus = document.activeElement?.closest<HTMLElement>('tr[data-key]')?.dataset.key;
    const left = { href: location.href, rows: rowsHere(), top: window.scrollY, focus };
    if (left.rows.length > 0) keep(LEFT, JSON.stringify(left));
  });
  const [navigation] = performance.getEntriesByType('navigation');
  const isBack = navigation instanceof PerformanceNavigationTiming && navigation.type === 'back_forward';
  const { href, rows, top, focus } = JSON.parse((isBack && kept(LEFT)) || '{}');
  if (href !== location.href) return;
  const restore = (): void => {
    window.scrollTo({ top, behavior: 'instant' });
    const row = document.querySelector(`tr[data-key="${CSS.escape(focus ?? '')}"]`);
    row?.querySelector<HTMLElement>('.what a')?.focus({ preventScroll: true });
  };
  void renew(heldAddress(rows)).then(restore, restore);
}

export function attachLive(): void {
  const client = createClient({ base: document.body.dataset.base ?? '', every: EVERY });
  const mark = document.getElementById('live-mark');
  let paused = kept(KEY) === 'true';
  let isAway = false;
  let follows: string | undefined;
  let leave: (() => void) | undefined;

  const showLiveState = (): void => {
    const state = paused ? 'paused' : isAway ? 'reconnecting' : client.state;
    if (mark) showState(mark, follows === undefined ? undefined : state);
  };
  const pace = createPace({
    every: EVERY,
    most: MOST,
    now: () => Date.now(),
    run: async () => {
      // The page shown meanwhile, such as a form with errors, may be one that is not updated.
      if (contentOf(document)?.dataset.follows === undefined) return true;
      const renewed = await renew(isFollowing() ? location.href : undefined, true).catch(() => 'failed');
      isAway = renewed === 'failed';
      showLiveState();
      return renewed === 'done';
    },
  });
  const holdOrGo = (): void => (paused || document.hidden ? pace.hold() : pace.go());
  /** Runs after each update, since the page may now show something else. */
  const follow = (): void => {
    const wanted = contentOf(document)?.dataset.follows;
    if (wanted === follows) return;
    leave?.();
    follows = wanted;
    leave =
      wanted === undefined
        ? undefined
        : client.subscribe(JSON.parse(wanted) as EventFilter, pace.ask, { onResync: pace.ask });
    showLiveState();
  };

  client.onState((state) => {
    // Something may have changed before the connection was up.
    if (state === 'live') pace.ask();
    showLiveState();
  });
  mark?.addEventListener('click', () => {
    paused = !paused;
    keep(KEY, String(paused));
    if (paused) client.pause();
    else client.resume();
    if (!paused) pace.ask();
    holdOrGo();
    showLiveState();
  });
  // Some actions take effect a moment later, without an event: another process follows within two seconds.
  document.addEventListener('submit', () => void setTimeout(pace.ask, EVERY));
  document.addEventListener('visibilitychange', holdOrGo);
  document.addEventListener('renewed', follow);
  setInterval(() => {
    if (follows !== undefined && !paused && !document.hidden) pace.ask();
  }, WITHOUT_EVENTS);

  holdOrGo();
  if (paused) client.pause();
  follow();
}
