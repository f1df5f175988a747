// Checks cron expressions and computes when they fire, as the scheduler does.
//
// Five fields (minute hour day month weekday) or six (seconds first), each of numbers, `*`, lists, ranges and steps; names for
// months and weekdays; `L` for the last day or weekday (`0 0 L * *`, `5L`), `1#2` for the second Monday. When day and weekday
// are both given, either is enough. Nicknames (`@daily`) and `?`, `W` and `+` are refused.
//
// When the clocks go forward, a run in the gap happens right after it; when they go back, a repeated
// time is used once. A pattern with `*` or a step in its time fields is continuous: it runs in both
// repeated hours, and not in the missing one.
import { Cron } from 'croner';
import type { MissedRuns } from './contract/requests.ts';
import { type FieldError, JobsError } from './errors.ts';
import { createZone, isZone } from './zone.ts';

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
  return nextRuns(pattern, timezone, after, 1)[0] ?? null;
}

/** The next `n` runs after `after`, in order. */
export function nextRuns(pattern: string, timezone: string, after: number, n: number): number[] {
  if (isFixed(pattern))
    return ask(pattern, 'UTC', (it) => fixedRuns(timezone, after, n, (at) => it.nextRuns(BATCH, new Date(at)), 1));
  return ask(pattern, timezone, (it) => it.nextRuns(n, new Date(after)).map(Number));
}

/** The last `n` runs at or before `until`, in order. */
export function lastRuns(pattern: string, timezone: string, until: number, n: number): number[] {
  if (isFixed(pattern))
    return ask(pattern, 'UTC', (it) =>
      fixedRuns(timezone, until, n, (at) => it.previousRuns(BATCH, new Date(at)), -1),
    ).reverse();
  return ask(pattern, timezone, (it) => it.previousRuns(n, new Date(until + 1)).map(Number)).reverse();
}

const DAY = 86_400_000;
/** Runs that are asked for at once. */
const BATCH = 10;

/** Has it neither `*` nor a step in its time fields? */
const isFixed = (pattern: string): boolean => !/[*/]/.test(pattern.split(' ').slice(0, -3).join(' '));

/**
 * The `n` runs of a pattern with fixed times after `at`, or with `step` -1 at or before it. `batch` asks for them in UTC, as what the clocks of
 * the zone show: the library itself misses a time that is skipped at the end of a day, as in Nuuk.
 */
function fixedRuns(
  timezone: string,
  at: number,
  n: number,
  batch: (at: number) => ReturnType<Cron['nextRuns']>,
  step: 1 | -1,
): number[] {
  const { offset } = createZone(timezone);
  /** The first instant at which the clocks show this, or at which they have skipped it. */
  const instantOf = (shown: number): number => {
    const before = shown - offset(shown - DAY);
    const after = shown - offset(shown + DAY);
    for (const instant of [before, after]) if (instant + offset(instant) === shown) return instant;
    // Skipped: the offset changes between the two.
    let [low, high] = [after, before];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offset(middle) === offset(after)) low = middle;
      else high = middle;
    }
    return high;
  };
  const runs = new Set<number>();
  // Backwards from a day later: a repeated time may show as later than `at`.
  let from = at + offset(at) + (step === 1 ? 0 : DAY);
  while (runs.size < n) {
    const shown = batch(from).map(Number);
    for (const run of shown.map(instantOf)) if ((step === 1 ? run > at : run <= at) && runs.size < n) runs.add(run);
    if (shown.length < BATCH) break;
    from = shown.at(-1) as number;
  }
  return [...runs];
}

function ask(pattern: string, timezone: string, question: (it: Cron) => number[]): number[] {
  try {
    return question(cron(pattern, timezone));
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
  const zoneIsKnown = typeof zone === 'string' && ZONE.test(zone) && isZone(zone);
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

/** Are two runs less than `ms` apart? Only patterns with seconds can run more than once a minute; 62 runs cover their whole list of seconds. False for a wrong pattern. */
export function runsWithin(pattern: string, timezone: string | undefined, now: number, ms: number): boolean {
  const checked = checkPattern(pattern, timezone, now);
  if (!checked.ok || checked.pattern.split(' ').length < 6) return false;
  const runs = nextRuns(checked.pattern, checked.timezone, now, 62);
  return runs.some((at, i) => i > 0 && at - (runs[i - 1] as number) < ms);
}

/** The newest run counts as late, not missed, for this long, so that a restart does not skip a nightly job. */
const GRACE = 60_000;

interface Planned {
  pattern: string;
  timezone: string;
  missed: MissedRuns;
  /** The first run that has not fired. */
  nextAt: number;
}

export interface DueRuns {
  /** Planned times of the runs to fire now, oldest first. */
  ticks: number[];
  /** The first run after now, or null. */
  next: number | null;
}

/**
 * Which due and missed runs to fire now. Pure.
 * The newest run always fires if it is at most a minute late. Of older runs, `skip` fires none, `once` fires the
 * newest if no run is on time, and `{ all: n }` fires the newest `n`.
 */
export function dueRuns({ pattern, timezone, missed, nextAt }: Planned, now: number): DueRuns {
  if (nextAt > now) return { ticks: [], next: nextAt };
  const most = typeof missed === 'object' ? missed.all : 0;
  const recent = lastRuns(pattern, timezone, now, most + 1).filter((tick) => tick >= nextAt);
  // If time zone rules changed since the run was planned, fire at the old time rather than not at all.
  const runs = recent.length > 0 ? recent : [nextAt];
  const newest = runs.at(-1) ?? nextAt;
  const onTime = now - newest <= GRACE;
  return { ticks: chosen(runs, onTime, missed), next: next(pattern, timezone, now) };
}

function chosen(runs: number[], onTime: boolean, missed: MissedRuns): number[] {
  if (typeof missed === 'object') return onTime ? runs : runs.slice(-missed.all);
  return onTime || missed === 'once' ? runs.slice(-1) : [];
}
