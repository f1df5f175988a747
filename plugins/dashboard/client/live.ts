// Renews the page after events of what it shows, and says whether it is live, reconnecting or paused.
import { type Client, createClient, type EventFilter, type LiveState } from '@phraseworks/sdk/client';
import { createPace } from './pace.ts';
import { contentOf, renew } from './renew.ts';

const KEY = 'phraseworks-jobs-paused';

export function wasPaused(): boolean {
  try {
    return sessionStorage.getItem(KEY) === 'true';
  } catch {
    return false;
  }
}

export function rememberPaused(paused: boolean): void {
  try {
    sessionStorage.setItem(KEY, String(paused));
  } catch {
    // No storage is allowed here: it holds for this page.
  }
}

export function stateOf(state: LiveState, { paused, isAway }: { paused: boolean; isAway: boolean }): LiveState {
  if (paused) return 'paused';
  return isAway ? 'reconnecting' : state;
}

/** Its words are in the page, in its language. Without a state it is not shown. */
export function showState(mark: HTMLElement, state: LiveState | undefined): void {
  mark.hidden = state === undefined;
  if (state === undefined || mark.dataset.state === state) return;
  mark.dataset.state = state;
  const word = mark.querySelector('span');
  if (word) word.textContent = mark.dataset[state] ?? state;
  mark.title = (state === 'paused' ? mark.dataset.resume : mark.dataset.pause) ?? '';
}

const EVERY = 1_000;
const MOST = 15_000;
/** There are changes without an event: a job that was deleted, a plugin that was switched off. */
const WITHOUT_EVENTS = 15_000;

export function attachLive(): void {
  const client = createClient({ base: document.body.dataset.base ?? '' });
  const mark = document.getElementById('live-mark');
  let paused = wasPaused();
  let isAway = false;
  let follows: string | undefined;
  let leave: (() => void) | undefined;

  const tell = (): void => {
    if (mark) showState(mark, follows === undefined ? undefined : stateOf(client.state, { paused, isAway }));
  };
  const pace = createPace({
    every: EVERY,
    most: MOST,
    now: () => Date.now(),
    run: async () => {
      const isDone = await renew().catch(() => false);
      isAway = !isDone;
      tell();
      return isDone;
    },
  });
  const holdOrGo = (): void => (paused || document.hidden ? pace.hold() : pace.go());
  /** Again after each renewal: a page that shows something else follows something else. */
  const follow = (): void => {
    const wanted = contentOf(document)?.dataset.follows;
    if (wanted === follows) return;
    leave?.();
    follows = wanted;
    leave = wanted === undefined ? undefined : listen(client, wanted, pace.ask);
    tell();
  };

  client.onState((state) => {
    // Between the page and its first event, and while the connection was lost, something may have happened.
    if (state === 'live') pace.ask();
    tell();
  });
  mark?.addEventListener('click', () => {
    paused = !paused;
    rememberPaused(paused);
    if (paused) client.pause();
    else client.resume();
    if (!paused) pace.ask();
    holdOrGo();
    tell();
  });
  document.addEventListener('visibilitychange', holdOrGo);
  document.addEventListener('renewed', follow);
  setInterval(() => {
    if (follows !== undefined && !paused && !document.hidden) pace.ask();
  }, WITHOUT_EVENTS);

  holdOrGo();
  if (paused) client.pause();
  follow();
}

const listen = (client: Client, follows: string, ask: () => void): (() => void) =>
  client.subscribe(JSON.parse(follows) as EventFilter, ask, { onResync: ask });
