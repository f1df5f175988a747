// A report of the seeded week.
import { addDays, createZone } from '@phraseworks/sdk/zone';
import { compose, standardSections } from '../src/content/standard.ts';
import { readFigures } from '../src/figures/read.ts';
import { type Every, periodAt } from '../src/time.ts';
import { openDatabase } from './database.ts';
import { OTHERS, seed } from './seed.ts';

/** On Monday, 23 November 2026, in the morning. */
export const MONDAY = Date.UTC(2026, 10, 23, 8);

export async function seededReport(every: Every = 'week', at = MONDAY) {
  const zone = createZone('Europe/Berlin');
  const db = await openDatabase();
  await seed(db, zone, zone.startOf(addDays(zone.dayOf(MONDAY), -7)));
  const period = periodAt(every, at, zone);
  const facts = {
    period,
    now: await readFigures(db, period.days),
    before: await readFigures(db, period.before.days),
    others: OTHERS,
    disks: [{ path: 'data', used: 61.2e9, total: 160e9, before: 58.9e9 }],
    since: Date.UTC(2026, 9, 20),
  };
  await db.destroy();
  const frame = { site: 'The Blog', title: 'Weekly report', zone, madeAt: at };
  return compose(facts, frame, standardSections(facts, zone));
}
