// The days, weeks and months that reports are about, and their labels. Days are `2026-11-25`.
import { addDays, weekdayOf, type Zone } from '@phraseworks/sdk/zone';

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = 'January February March April May June July August September October November December'.split(' ');

function partsOf(day: string) {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return { year, date, month: MONTHS[month - 1] ?? '', weekday: WEEKDAYS[weekdayOf(day)] ?? '' };
}

/** `Wednesday, 25 November 2026`. */
export function dayLabel(day: string): string {
  const { weekday, date, month, year } = partsOf(day);
  return `${weekday}, ${date} ${month} ${year}`;
}

/** `25 Nov, 09:30`. */
export function timeLabel(ms: number, zone: Zone): string {
  const { date, month } = partsOf(zone.dayOf(ms));
  return `${date} ${month.slice(0, 3)}, ${clockLabel(ms, zone)}`;
}

/** `09:30`. */
export function clockLabel(ms: number, zone: Zone): string {
  const minutes = zone.minuteOf(ms);
  return [Math.floor(minutes / 60), minutes % 60].map((n) => String(n).padStart(2, '0')).join(':');
}

/** For the axis of a chart: `Wed 25`; in a month only every fifth day, and the others empty. */
export function axisLabel(day: string, every: Every): string {
  const { weekday, date } = partsOf(day);
  if (every !== 'month') return `${weekday.slice(0, 3)} ${date}`;
  return date === 1 || date % 5 === 0 ? String(date) : '';
}

export type Every = 'day' | 'week' | 'month';

/** Consecutive whole days. */
export interface Span {
  /** Oldest first. */
  days: string[];
  /** Milliseconds since 1970; `to` is exclusive. */
  from: number;
  to: number;
  /** `16 to 22 November 2026`. */
  label: string;
}

export interface Period extends Span {
  every: Every;
  /** It has not ended: its last day is the current one. */
  current: boolean;
  before: Span;
}

function spanLabel(every: Every, first: string, next: string): string {
  const last = addDays(next, -1);
  if (first === last) return dayLabel(first);
  const [a, b] = [partsOf(first), partsOf(last)];
  const isOneMonth = a.month === b.month && a.year === b.year;
  if (every === 'month' && isOneMonth && a.date === 1 && next.endsWith('-01')) return `${a.month} ${a.year}`;
  const year = a.year === b.year ? '' : ` ${a.year}`;
  return `${a.date}${isOneMonth ? '' : ` ${a.month}${year}`} to ${b.date} ${b.month} ${b.year}`;
}

function spanOf(every: Every, first: string, next: string, zone: Zone): Span {
  const days: string[] = [];
  for (let day = first; day < next; day = addDays(day, 1)) days.push(day);
  return { days, from: zone.startOf(first), to: zone.startOf(next), label: spanLabel(every, first, next) };
}

/** The first day of the period that contains `day`, and of the next one. Weeks start on Monday. */
function around(every: Every, day: string): [string, string] {
  if (every === 'day') return [day, addDays(day, 1)];
  if (every === 'week') return [addDays(day, -weekdayOf(day)), addDays(day, 7 - weekdayOf(day))];
  const first = `${day.slice(0, 8)}01`;
  return [first, `${addDays(first, 31).slice(0, 8)}01`];
}

/**
 * The last period that had ended at `at` (milliseconds), and the one before it. `which: 'current'`: the period that contains `at`, up to
 * the end of that day, and as many days of the one before.
 */
export function periodAt(every: Every, at: number, zone: Zone, which: 'last' | 'current' = 'last'): Period {
  const today = zone.dayOf(at);
  const [start, end] = around(every, today);
  const current = which === 'current';
  const earlier = (a: string, b: string) => (a < b ? a : b);
  const [first, next] = current ? [start, earlier(addDays(today, 1), end)] : around(every, addDays(start, -1));
  const span = spanOf(every, first, next, zone);
  const [beforeFirst, beforeEnd] = around(every, addDays(first, -1));
  const beforeNext = current ? earlier(addDays(beforeFirst, span.days.length), beforeEnd) : beforeEnd;
  return { ...span, every, current, before: spanOf(every, beforeFirst, beforeNext, zone) };
}
