// Checks cron expressions and computes when they fire.
//
// Five fields (minute hour day month weekday) or six (seconds first), each of numbers, `*`, lists, ranges and steps; names for
// months and weekdays; `L` for the last day or weekday (`0 0 L * *`, `5L`), `1#2` for the second Monday. When day and weekday
// are both given, either is enough. Nicknames (`@daily`) and `?`, `W` and `+` are refused.
//
// When the clocks go forward, a run in the gap happens right after it; when they go back, a repeated
// time is used once. A pattern with `*` or a step in its time fields is continuous: it runs in both
// repeated hours, and not in the missing one.
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

/** The normalised pattern, the time zone and the first run; or all errors, under `schedule` and `timezone`. */
export type CheckedPattern =
  | { ok: true; pattern: string; timezone: string; next: number }
  | { ok: false; errors: FieldError[] };

const cron = (pattern: string, timezone: string): Cron =>
  // Lists and ranges also count as fixed times: `30 1,13 * * *` must not run three times when the clocks go back.
  new Cron(pattern, { timezone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' });

/** The first run after `after`, or null. Like the next two, throws for a pattern that `checkPattern` refuses. */
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
    throw new JobsError(
      'INVALID_DATA',
      'This machine does not support the schedule or its time zone. Save the schedule again.',
    );
  }
}

/** Checks the caller's input. The time zone is UTC by default; the fastest pattern runs every second. */
export function checkPattern(pattern: unknown, timezone: unknown, now: number): CheckedPattern {
  const errors: FieldError[] = [];
  const zone = timezone === undefined ? 'UTC' : timezone;
  const zoneIsKnown = typeof zone === 'string' && isZone(zone);
  if (!zoneIsKnown) {
    errors.push({
      path: 'timezone',
      message: 'is not a known time zone: use an IANA name such as Europe/Berlin',
    });
  }
  const text = typeof pattern === 'string' && pattern.length <= LONGEST ? pattern.trim().replace(/\s+/g, ' ') : null;
  const wrong = text === null ? [`must be text of at most ${LONGEST} characters`] : mistakes(text);
  errors.push(...wrong.map((message) => ({ path: 'schedule', message })));
  if (text === null || errors.length > 0 || !zoneIsKnown) return { ok: false, errors };

  const first = next(text, zone, now);
  if (first !== null && first - now <= FIVE_YEARS) return { ok: true, pattern: text, timezone: zone, next: first };
  const message = first === null ? 'never matches a date' : 'does not match a date within the next five years';
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

/** The library's messages repeat the caller's text, so find the wrong field by trying each one alone. */
function mistakes(text: string): string[] {
  const fields = text.split(' ');
  if (fields.length !== 5 && fields.length !== 6) {
    return ['must have 5 fields (minute hour day month weekday) or 6 (seconds first), separated by spaces'];
  }
  const places = FIELDS.slice(FIELDS.length - fields.length);
  const wrong = places.filter(({ allowed }, i) => {
    const field = fields[i] ?? '';
    return !allowed.test(field) || !parses(places.map((_, at) => (at === i ? field : '*')).join(' '));
  });
  if (wrong.length === 0 && !parses(text)) return ['is not a valid cron expression'];
  return wrong.map(({ name, hint }) => `has an invalid ${name} field: use ${hint}`);
}

function parses(pattern: string): boolean {
  try {
    cron(pattern, 'UTC');
    return true;
  } catch {
    return false;
  }
}
