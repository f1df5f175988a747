// The mark that says whether the page is live, reconnecting or paused.
import type { LiveState } from '@phraseworks/sdk/client';

export function stateOf(state: LiveState, { paused, isAway }: { paused: boolean; isAway: boolean }): LiveState {
  if (paused) return 'paused';
  return isAway ? 'reconnecting' : state;
}

/** Its words stand in the page, in its language. Without a state it is not shown. */
export function showState(mark: HTMLElement, state: LiveState | undefined): void {
  mark.hidden = state === undefined;
  if (state === undefined || mark.dataset.state === state) return;
  mark.dataset.state = state;
  const word = mark.querySelector('span');
  if (word) word.textContent = mark.dataset[state] ?? state;
  mark.title = (state === 'paused' ? mark.dataset.resume : mark.dataset.pause) ?? '';
}
