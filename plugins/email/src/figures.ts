// Mail figures for reports.
import type { Figure } from '@phraseworks/sdk';
import type { DeliveryState } from './outcome.ts';
import type { DayCount, Tracking } from './tracking.ts';

const DAY = 86_400_000;
/** Longer periods have no daily figures. */
const MOST_DAYS = 62;

const FIGURES: { key: string; label: string; better: Figure['better']; states: DeliveryState[] }[] = [
  { key: 'email.delivered', label: 'Mails delivered', better: 'more', states: ['accepted'] },
  { key: 'email.refused', label: 'Mails refused or returned', better: 'less', states: ['refused', 'bounced'] },
  { key: 'email.deferred', label: 'Mails waiting', better: 'less', states: ['queued', 'sending', 'deferred'] },
  { key: 'email.suppressed', label: 'Mails not sent (suppressed)', better: 'neither', states: ['suppressed'] },
];

export function figuresOf(counts: readonly DayCount[], days: number): Figure[] {
  return FIGURES.map(({ states, ...figure }) => {
    const mine = counts.filter(({ state }) => states.includes(state));
    const perDay = Array.from({ length: days }, (_, day) =>
      mine.reduce((sum, one) => (one.day === day ? sum + one.count : sum), 0),
    );
    return {
      ...figure,
      section: 'E-mail',
      value: mine.reduce((sum, { count }) => sum + count, 0),
      unit: 'count',
      ...(days > 1 && days <= MOST_DAYS ? { days: perDay } : {}),
    };
  });
}

/** For the period from `from` to before `to`, in milliseconds since 1970. */
export async function mailFigures(tracking: Tracking, { from, to }: { from: number; to: number }): Promise<Figure[]> {
  return figuresOf(await tracking.count(from, to), Math.ceil((to - from) / DAY));
}
