// Cron expressions: checks them, and computes when they fire. Only a calculator: nothing here waits.
//
// Five fields (minute hour day month weekday) or six (seconds first), each of numbers, `*`, lists, ranges and steps; names for
// months and weekdays; `L` for the last day or weekday (`0 0 L * *`, `5L`), `1#2` for the second Monday. When day and weekday
// are both given, either one is enough. Nicknames (`@daily`) and the `?`, `W` and `+` of other crons are refused.
//
// When the clocks go forward, a run whose time does not exist happens at the first moment after the gap; when they go back, a
// time that comes twice is used once. A pattern with `*` or a step in its time fields means "all the while": it runs in both
// repeated hours and not in the missing one.
import { type FieldError, JobsError } from '@phraseworks/sdk';
import { Cron } from 'croner';
import { iso } from '../kernel/clock.ts';

const LONGEST = 100;
const FIVE_YEARS = 5 * 366 * 86_400_000;
const ZONE = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;

const NUMBERS = 'with "*", lists (1,2), ranges (1-5) and steps (*/5, 10-50/10)';
const FIELDS = [
  { name: 'second', allowed: /^[0-9*,/-]+$/, hint: `0 to 59, ${NUMBERS}` },
  { name: 'minute', allowed: /^[0-9*,/-]+$/, hint: `0 to 59, ${NUMBERS}` },
  { name: 'hour', allowed: /^[0-9*,/-]+$/, hint: `0 to 23, ${NUMBERS}` },
  { name: 'day', allowed: /^[0-9*,/L-]+$/i, hint: `1 to 31 or L for the last day, ${NUMBERS}` },
  { name: 'month', allowed: /^[0-9A-Z*,/-]+$/i, hint: `1 to 12 or JAN to DEC, ${NUMBERS}` },
  {
    name: 'weekday',
    allowed: /^[0-9A-Z*,/#-]+$/i,
    hint: `0 to 7 or SUN to SAT (0 and 7 are Sunday), 1#2, 5L, ${NUMBERS}`,
  },
] as const;

/** A pattern with single spaces, a zone, and the first run; or all that is wrong, under `schedule` and `timezone`. */
export type CheckedPattern =
  | { ok: true; pattern: string; timezone: string; next: number }
  | { ok: false; errors: FieldError[] };

const cron = (pattern: string, timezone: string): Cron =>
  // Lists and ranges are fixed times, too: `30 1,13 * * *` must not run three times on the day the clocks go back.
  new Cron(pattern, { timezone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' });

/** The first run after `after`; null when there is none. Like the next two, it throws for what `checkPattern` would refuse. */
export function next(pattern: string, timezone: string, after: number): number | null {
  return ask(pattern, timezone, (it) => it.nextRuns(1, iso(after)))[0] ?? null;
}

/** The next `n` runs after `after`, in order. */
export function nextRuns(pattern: string, timezone: string, after: number, n: number): number[] {
  return ask(pattern, timezone, (it) => it.nextRuns(n, iso(after)));
}

/** The last `n` runs at or before `until`, in order. */
export function lastRuns(pattern: string, timezone: string, until: number, n: number): number[] {
  return ask(pattern, timezone, (it) => it.previousRuns(n, iso(until + 1))).reverse();
}

function ask(pattern: string, timezone: string, question: (it: Cron) => ReturnType<Cron['nextRuns']>): number[] {
  try {
    return question(cron(pattern, timezone)).map((date) => date.getTime());
  } catch {
    throw new JobsError('INVALID_DATA', 'Its pattern or its time zone is not known on this machine: save it again.');
  }
}

/** Checks what a caller gave; the zone is UTC when it is left out. One run a second is the fastest there is. */
export function checkPattern(pattern: unknown, timezone: unknown, now: number): CheckedPattern {
  const errors: FieldError[] = [];
  const zone = timezone === undefined ? 'UTC' : timezone;
  const zoneIsKnown = typeof zone === 'string' && isZone(zone);
  if (!zoneIsKnown) {
    errors.push({
      path: 'timezone',
      message: 'is not a time zone that is known here: give an IANA name such as Europe/Berlin',
    });
  }
  const text = typeof pattern === 'string' && pattern.length <= LONGEST ? pattern.trim().replace(/\s+/g, ' ') : null;
  const wrong = text === null ? [`must be text of at most ${LONGEST} characters`] : mistakes(text);
  errors.push(...wrong.map((message) => ({ path: 'schedule', message })));
  if (text === null || errors.length > 0 || !zoneIsKnown) return { ok: false, errors };

  const first = next(text, zone, now);
  if (first !== null && first - now <= FIVE_YEARS) return { ok: true, pattern: text, timezone: zone, next: first };
  const message = first === null ? 'never fires: no date matches it' : 'does not fire within the next five years';
  return { ok: false, errors: [{ path: 'schedule', message }] };
}

function isZone(zone: string): boolean {
  if (!ZONE.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The library's own messages repeat the caller's text, so each field is tried alone to say in our words which one is wrong. */
function mistakes(text: string): string[] {
  const fields = text.split(' ');
  if (fields.length !== 5 && fields.length !== 6) {
    return ['must have 5 fields (minute hour day month weekday) or 6 (seconds first), parted by spaces'];
  }
  const places = FIELDS.slice(FIELDS.length - fields.length);
  const wrong = places.filter(({ allowed }, i) => {
    const field = fields[i] ?? '';
    return !allowed.test(field) || !parses(places.map((_, at) => (at === i ? field : '*')).join(' '));
  });
  if (wrong.length === 0 && !parses(text)) return ['is not a cron expression'];
  return wrong.map(({ name, hint }) => `has a wrong ${name} field: ${hint}`);
}

function parses(pattern: string): boolean {
  try {
    cron(pattern, 'UTC');
    return true;
  } catch {
    return false;
  }
}
