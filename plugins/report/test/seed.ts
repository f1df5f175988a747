// Two weeks of a site that is used: the same ones each time.

import type { Figures } from '@phraseworks/sdk';
import type { Compared } from '../src/figures/others.ts';
import type { Outcome } from '../src/figures/read.ts';
import { type Fact, figuresOf } from './figures.ts';

const DAY = 86_400_000;

/** Numbers between 0 and 1 that look like chance. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

interface Kind {
  type: string;
  perDay: number;
  /** Milliseconds, in the middle. */
  takes: number;
  fails: number;
  reasons: string[];
}

const KINDS: Kind[] = [
  {
    type: 'email',
    perDay: 140,
    takes: 420,
    fails: 0.012,
    reasons: [
      'refused for the recipient: 550 5.1.1 no such mailbox here',
      'the SMTP server cannot be reached (ECONNREFUSED)',
    ],
  },
  {
    type: 'image_process',
    perDay: 46,
    takes: 1_900,
    fails: 0.02,
    reasons: ['the source answered 404', 'the picture has more than 50 million pixels'],
  },
  { type: 'cleanup', perDay: 24, takes: 160, fails: 0, reasons: [] },
  { type: 'backup', perDay: 1, takes: 48_000, fails: 0, reasons: [] },
  { type: 'report', perDay: 1, takes: 900, fails: 0, reasons: [] },
];
/** Monday to Sunday. */
const BUSY = [1.15, 1.25, 1.1, 1.05, 0.95, 0.4, 0.35];

function seededFacts(monday: number, weight: number, seed: number): Fact[] {
  const random = chance(seed);
  const facts: Fact[] = [];
  let number = 0;
  for (const [day, busy] of BUSY.entries()) {
    for (const { type, perDay, takes, fails, reasons } of KINDS) {
      const many = perDay > 30 ? Math.round(perDay * busy * weight * (0.9 + random() * 0.2)) : perDay;
      for (let n = 0; n < many; n += 1) {
        number += 1;
        const hour = 7 + 12 * ((random() + random()) / 2);
        const at = monday + day * DAY + Math.round(hour * 3_600_000);
        const run = Math.round(takes * Math.exp((random() + random() + random() - 1.5) * 1.4));
        const wait = Math.round(20 + random() ** 6 * 30_000 * busy);
        const jobId = `0193${String(seed).padStart(4, '0')}-${String(number).padStart(4, '0')}-7000-8000-${String(number).padStart(12, '0')}`;
        const add = (outcome: Outcome, reason?: string) =>
          facts.push({ jobId, type, outcome, at, wait, ran: run, reason });
        const reason = reasons[Math.floor(random() ** 2 * reasons.length)];
        if (reason !== undefined && random() < fails * 2.5) add('retried', reason);
        if (reason !== undefined && random() < fails * (day === 2 ? 3 : 1)) add('failed', reason);
        else if (random() < 0.004) add('cancelled');
        else add('completed');
      }
    }
  }
  return facts.sort((a, b) => a.at - b.at);
}

/** A service `Figures` that knows the week of `monday` (milliseconds) and the one before it. */
export function seededFigures(monday: number): Figures {
  const facts = [...seededFacts(monday - 7 * DAY, 0.86, 7), ...seededFacts(monday, 1, 11)];
  return figuresOf(() => facts, monday - 27 * DAY);
}

/** What other plugins would tell. */
export const OTHERS: Compared[] = [
  {
    key: 'email.delivered',
    section: 'Email',
    label: 'Delivered',
    value: 872,
    before: 764,
    unit: 'count',
    better: 'more',
    days: [158, 171, 149, 144, 132, 62, 56],
  },
  {
    key: 'email.refused',
    section: 'Email',
    label: 'Refused',
    value: 9,
    before: 6,
    unit: 'count',
    better: 'less',
    days: [1, 1, 4, 1, 1, 1, 0],
  },
  {
    key: 'image.saved',
    section: 'Images',
    label: 'Bytes saved',
    value: 418_000_000,
    before: 371_000_000,
    unit: 'bytes',
    better: 'more',
    days: [71, 80, 66, 69, 58, 40, 34],
  },
];
