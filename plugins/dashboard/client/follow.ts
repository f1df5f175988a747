// Follow mode: new jobs come in by themselves, until the reader scrolls away from the top.
import { renew } from './renew.ts';

/** The reader may scroll a little, such as by a touch. */
const AWAY = 40;

const button = (): HTMLElement | null => document.getElementById('follow');
const isOn = (): boolean => button()?.getAttribute('aria-pressed') === 'true';
const turn = (on: boolean): void => button()?.setAttribute('aria-pressed', String(on));

/** Rows stay while the reader points at one, has ticked some, or is among them with the keyboard. */
export const isFollowing = (): boolean =>
  isOn() && document.querySelector('table.jobs tbody :is(tr:hover, :focus, input:checked)') === null;

export function attachFollow(): void {
  document.addEventListener('click', ({ target }) => {
    if (!(target instanceof Element) || target.closest('#follow') === null) return;
    turn(!isOn());
    if (!isOn()) return;
    window.scrollTo({ top: 0 });
    void renew(location.href, true).catch(() => 'failed');
  });
  document.addEventListener('scroll', () => window.scrollY > AWAY && turn(false), { passive: true });
}
