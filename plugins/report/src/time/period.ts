// The days a report is about and those it is compared with: weeks from Monday, days, months, in the site's time zone.
import { civil, dayNumber, isoDay, weekday } from './days.ts';
import type { Zone } from './zone.ts';

export type Every = 'day' | 'week' | 'month';

/** Whole days, one after the other. */
export interface Span {
  /** `2026-11-16`, oldest first. */
  days: string[];
  /** Milliseconds since 1970; `to` is exclusive. */
  from: number;
  to: number;
  /** `16 to 22 November 2026`. */
  label: string;
}

export interface Period extends Span {
  every: Every;
  /** It was not over at that time: its last day is the day itself. */
  current: boolean;
  before: Span;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');

const monthName = (month: number): string => MONTHS[month - 1] ?? '';
/** `Nov`. */
export const monthShort = (month: number): string => monthName(month).slice(0, 3);
/** `Monday`; 0 is Monday. */
export const weekdayName = (index: number): string => WEEKDAYS[index] ?? '';

/** `Wednesday, 25 November 2026`. */
export function dayLabel(number: number): string {
  const { year, month, day } = civil(number);
  return `${weekdayName(weekday(number))}, ${day} ${monthName(month)} ${year}`;
}

/** First and last day, both included. */
function spanLabel(every: Every, first: number, last: number): string {
  if (first === last) return dayLabel(first);
  const a = civil(first);
  const b = civil(last);
  const wholeMonth = every === 'month' && a.day === 1 && civil(last + 1).day === 1 && a.month === b.month;
  if (wholeMonth) return `${monthName(a.month)} ${a.year}`;
  const year = a.year === b.year ? '' : ` ${a.year}`;
  const month = a.month === b.month && year === '' ? '' : ` ${monthName(a.month)}${year}`;
  return `${a.day}${month} to ${b.day} ${monthName(b.month)} ${b.year}`;
}

function span(every: Every, first: number, next: number, zone: Zone): Span {
  const days = Array.from({ length: next - first }, (_, index) => isoDay(first + index));
  return { days, from: zone.startOf(first), to: zone.startOf(next), label: spanLabel(every, first, next - 1) };
}

/** First day of the period that holds `day`, and of the one after it. */
function around(every: Every, day: number): [number, number] {
  if (every === 'day') return [day, day + 1];
  if (every === 'week') return [day - weekday(day), day - weekday(day) + 7];
  const { year, month } = civil(day);
  return [dayNumber({ year, month, day: 1 }), dayNumber({ year, month: month + 1, day: 1 })];
}

/**
 * The last period that was over at `at` (milliseconds), and the one before it. `which: 'current'`: the one that `at` lies in, up to and with that
 * day, and as many days of the one before.
 */
export function periodAt(every: Every, at: number, zone: Zone, which: 'last' | 'current' = 'last'): Period {
  const today = zone.dayOf(at);
  const [start, end] = around(every, today);
  const current = which === 'current';
  const [first, next] = current ? [start, Math.min(today + 1, end)] : [around(every, start - 1)[0], start];
  const [beforeFirst, beforeEnd] = around(every, first - 1);
  const beforeNext = current ? Math.min(beforeFirst + (next - first), beforeEnd) : beforeEnd;
  return {
    ...span(every, first, next, zone),
    every,
    current,
    before: span(every, beforeFirst, beforeNext, zone),
  };
}
