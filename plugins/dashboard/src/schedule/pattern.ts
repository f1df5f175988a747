// A cron expression taken apart: which seconds, minutes, hours and days it names. Pure; words for it are of a language.

/** One weekday of a pattern, 0 for Sunday; `nth` is its place in the month. */
export interface Weekday {
  day: number;
  nth?: number | 'last';
}

export interface Pattern {
  /** Each sorted, without repeats. */
  seconds: number[];
  minutes: number[];
  hours: number[];
  /** 1 to 12. */
  months: number[];
  /** Null: every day of the month. */
  days: { numbers: number[]; last: boolean } | null;
  /** Null: every day of the week. With `days`, either one is enough. */
  weekdays: Weekday[] | null;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Null for a pattern that this page cannot edit: it is shown as it is. */
export function readPattern(text: string): Pattern | null {
  const fields = text.trim().toUpperCase().split(/\s+/);
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] =
    fields.length === 5 ? ['0', ...fields] : fields;
  if (fields.length !== 5 && fields.length !== 6) return null;
  const seconds = numbers(second, 0, 59);
  const minutes = numbers(minute, 0, 59);
  const hours = numbers(hour, 0, 23);
  const months = numbers(named(month, MONTHS, 1), 1, 12);
  const days = readDays(day);
  const weekdays = readWeekdays(named(weekday, WEEKDAYS, 0));
  if (!seconds || !minutes || !hours || !months || days === 'wrong' || weekdays === 'wrong') return null;
  // Either one is enough: where one names every day, the other has no effect.
  const daily = (day !== '*' && coversMonth(days)) || (weekday !== '*' && coversWeek(weekdays));
  return {
    ...{ seconds, minutes, hours, months },
    days: day === '*' || daily ? null : days,
    weekdays: weekday === '*' || daily ? null : weekdays,
  };
}

const named = (field: string, names: readonly string[], first: number): string =>
  field.replace(/[A-Z]{3}/g, (name) => {
    const place = names.indexOf(name);
    return place < 0 ? name : String(place + first);
  });

const PART = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/;

/** The numbers of one part: `*`, `5`, `1-5`, with a step behind all but the single one. */
function part(text: string, least: number, most: number): number[] | null {
  const match = PART.exec(text);
  if (!match) return null;
  const [, low, high, by] = match;
  if (low !== undefined && high === undefined && by !== undefined) return null;
  const from = Number(low ?? least);
  const to = Number(high ?? low ?? most);
  const step = Number(by ?? 1);
  if (from < least || to > most || from > to || step < 1) return null;
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

function numbers(field: string, least: number, most: number): number[] | null {
  const parts = field.split(',').map((text) => part(text, least, most));
  if (parts.some((one) => one === null)) return null;
  return [...new Set(parts.flatMap((one) => one ?? []))].sort((a, b) => a - b);
}

function readDays(field: string): NonNullable<Pattern['days']> | 'wrong' {
  const parts = field.split(',');
  const others = parts.filter((text) => text !== 'L');
  const found = others.length === 0 ? [] : numbers(others.join(','), 1, 31);
  return found === null ? 'wrong' : { numbers: found, last: others.length < parts.length };
}

function readWeekdays(field: string): Weekday[] | 'wrong' {
  const found: Weekday[] = [];
  for (const text of field.split(',')) {
    const [, days = '', place] = /^([\d*/-]+)(?:#?(L)|#[1-5])?$/.exec(text) ?? [];
    const nth = place === 'L' ? 'last' : Number(text.split('#')[1] ?? Number.NaN);
    const list = part(days, 0, 7);
    if (list === null) return 'wrong';
    for (const day of list) found.push({ day: day % 7, ...(Number.isNaN(nth) ? {} : { nth }) });
  }
  const same = (one: Weekday, other: Weekday) => one.day === other.day && one.nth === other.nth;
  return found
    .filter((one, index) => found.findIndex((other) => same(one, other)) === index)
    .sort((a, b) => ((a.day + 6) % 7) - ((b.day + 6) % 7));
}

const coversMonth = (days: ReturnType<typeof readDays>): boolean => days !== 'wrong' && days.numbers.length === 31;
const coversWeek = (days: ReturnType<typeof readWeekdays>): boolean =>
  days !== 'wrong' && new Set(days.filter(({ nth }) => nth === undefined).map(({ day }) => day)).size === 7;
