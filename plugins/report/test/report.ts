// A report of the seeded week.
import { addDays, createZone } from '@phraseworks/sdk/zone';
import { compose, standardSections } from '../src/content/standard.ts';
import { readFigures } from '../src/figures/read.ts';
import { type Every, periodAt } from '../src/time.ts';
import { OTHERS, seededFigures } from './seed.ts';

/** On Monday, 23 November 2026, in the morning. */
export const MONDAY = Date.UTC(2026, 10, 23, 8);

/** `on` false: nothing provides figures of jobs. */
export async function seededReport(every: Every = 'week', at = MONDAY, on = true) {
  const zone = createZone('Europe/Berlin');
  const figures = seededFigures(zone.startOf(addDays(zone.dayOf(MONDAY), -7)));
  const period = periodAt(every, at, zone);
  const facts = {
    period,
    figures: on ? await readFigures(figures, period, zone) : null,
    others: OTHERS,
    disks: [{ path: 'data', used: 61.2e9, total: 160e9, before: 58.9e9 }],
  };
  const frame = { site: 'The Blog', title: 'Weekly report', zone, madeAt: at };
  return compose(facts, frame, standardSections(facts, zone));
}
