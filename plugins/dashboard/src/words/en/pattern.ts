// A schedule's pattern in English: `every Monday at 09:00`.
import type { Pattern, Weekday } from '../../schedule/pattern.ts';
import { and, ordinal, span, stepOf, timeText } from './pattern-time.ts';

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const weekday = (day: number): string => WEEKDAYS[day] ?? '';
const month = (n: number): string => MONTHS[n - 1] ?? '';
/** Of a week that begins with Monday. */
const place = (day: number): number => (day + 6) % 7;

export function patternText(pattern: Pattern): string {
  const time = timeText(pattern);
  const { days, weekdays, months } = pattern;
  const daily = days === null && weekdays === null;
  if (!time.startsWith('at ') || / of (?:every|the|hour)/.test(time)) {
    if (!daily) return `${time}, ${dateText(pattern)}`;
    return months.length === 12 ? time : `${time}, ${monthsText(months)}`;
  }
  if (!daily) return `${dateText(pattern)} ${time}`;
  return months.length === 12 ? `every day ${time}` : `every day ${monthsText(months)} ${time}`;
}

function dateText({ days, weekdays, months }: Pattern): string {
  const all = months.length === 12;
  const [only] = days?.numbers ?? [];
  const named = days && !days.last && days.numbers.length === 1 && !all;
  const ofMonth = all ? 'of every month' : `of ${monthNames(months)}`;
  const parts: string[] = [];
  if (named) parts.push(`on ${months.map((one) => `${only} ${month(one)}`).join(' and ')}`);
  else if (days) parts.push(`on ${daysText(days)} ${ofMonth}`);
  const plain = (weekdays ?? []).filter(({ nth }) => nth === undefined).map(({ day }) => day);
  if (plain.length > 0) parts.push(`${weekdaysText(plain)}${all ? '' : ` ${monthsText(months)}`}`);
  const placed = (weekdays ?? []).filter(({ nth }) => nth !== undefined);
  if (placed.length > 0) parts.push(`on ${placedText(placed)} ${ofMonth}`);
  return parts.join(' and ');
}

function weekdaysText(days: readonly number[]): string {
  const places = days.map(place);
  const [first = 0] = days;
  if (days.length > 2 && stepOf(places) === 1) return `${weekday(first)} to ${weekday(days.at(-1) ?? first)}`;
  return `every ${and(days.map(weekday))}`;
}

/** `the 2nd Monday and the last Friday`. */
function placedText(weekdays: readonly Weekday[]): string {
  const nths = new Set(weekdays.map(({ nth }) => nth));
  const say = (nth: Weekday['nth']): string => (nth === 'last' ? 'last' : ordinal(nth ?? 1));
  const [only] = nths;
  if (nths.size === 1) return `the ${say(only)} ${and(weekdays.map(({ day }) => weekday(day)))}`;
  return and(weekdays.map(({ day, nth }) => `the ${say(nth)} ${weekday(day)}`));
}

function daysText({ numbers, last }: NonNullable<Pattern['days']>): string {
  const step = stepOf(numbers);
  const [first = 1] = numbers;
  const parts: string[] = [];
  if (numbers.length > 3 && step !== null && step > 1) {
    parts.push(`every ${ordinal(step)} day from the ${ordinal(first)} to the ${ordinal(numbers.at(-1) ?? first)}`);
  } else if (numbers.length > 0) {
    parts.push(`the ${span(numbers, ordinal)}`);
  }
  if (last) parts.push('the last day');
  return and(parts);
}

function monthNames(months: readonly number[]): string {
  const [first = 1] = months;
  if (months.length > 2 && stepOf(months) === 1) return `${month(first)} to ${month(months.at(-1) ?? first)}`;
  return and(months.map(month));
}

const monthsText = (months: readonly number[]): string =>
  `${months.length > 2 && stepOf(months) === 1 ? 'from' : 'in'} ${monthNames(months)}`;
