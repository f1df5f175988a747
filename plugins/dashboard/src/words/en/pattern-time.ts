// When in a day a schedule runs, in English: `at 09:00`, `every 5 minutes from 09:00 to 17:55`.
import type { Pattern } from '../../schedule/pattern.ts';

const two = (n: number): string => String(n).padStart(2, '0');
export const and = (parts: readonly (string | number)[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
export const ordinal = (n: number): string => {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  return `${n}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`;
};

/** The distance, where the numbers have the same one from each to the next. */
export function stepOf(numbers: readonly number[]): number | null {
  const [first = 0, second] = numbers;
  if (second === undefined) return null;
  const step = second - first;
  return numbers.every((n, index) => n === first + index * step) ? step : null;
}

/** The distance, where they go round evenly from 0: 0, 15, 30, 45 of 60. */
function roundOf(numbers: readonly number[], size: number): number | null {
  const step = numbers[0] === 0 ? stepOf(numbers) : null;
  return step !== null && step * numbers.length === size ? step : null;
}

/** `0 to 5` for three and more that follow each other, else a list. */
export function span(numbers: readonly number[], say: (n: number) => string | number = (n) => n): string {
  const [first = 0] = numbers;
  if (numbers.length > 2 && stepOf(numbers) === 1) return `${say(first)} to ${say(numbers.at(-1) ?? first)}`;
  return and(numbers.map(say));
}

const every = (n: number, unit: string): string => (n === 1 ? `every ${unit}` : `every ${n} ${unit}s`);
const MOST_TIMES = 8;

export function timeText({ seconds, minutes, hours }: Pattern): string {
  if (seconds.length === 1) {
    const tail = seconds[0] === 0 ? '' : `:${two(seconds[0] ?? 0)}`;
    const single = clockTimes(minutes, hours, tail);
    if (single !== null) return single;
    if (tail === '') return minuteText(minutes, hours);
  }
  return secondText(seconds, minutes, hours);
}

/** `at 09:00 and 17:00`, where that is short and nothing shorter says it. */
function clockTimes(minutes: readonly number[], hours: readonly number[], tail: string): string | null {
  const even = hours.length > 2 && minutes.length === 1 && stepOf(hours) !== null;
  if (hours.length * minutes.length > MOST_TIMES || even || hours.length === 24) return null;
  if (roundOf(minutes, 60) !== null && minutes.length > 2) return null;
  return `at ${and(hours.flatMap((hour) => minutes.map((minute) => `${two(hour)}:${two(minute)}${tail}`)))}`;
}

function minuteText(minutes: readonly number[], hours: readonly number[]): string {
  const [minute = 0] = minutes;
  if (minutes.length === 1) return hourText(minute, hours);
  const round = roundOf(minutes, 60);
  const step = stepOf(minutes);
  const often = round !== null ? every(round, 'minute') : null;
  if (often !== null) return `${often}${withinHours(hours, minute, minutes.at(-1) ?? 0)}`;
  const which = `minutes ${step !== null && step > 1 && minutes.length > 3 ? stepped(minutes, step) : span(minutes)}`;
  return `at ${which} of ${ofHours(hours)}`;
}

const stepped = (numbers: readonly number[], step: number): string =>
  `${numbers[0]} to ${numbers.at(-1)} in steps of ${step}`;

/** Once in each of several hours. */
function hourText(minute: number, hours: readonly number[]): string {
  const round = roundOf(hours, 24);
  if (round !== null) return `${every(round, 'hour')}${minute === 0 ? '' : ` at minute ${minute}`}`;
  const step = stepOf(hours) ?? 1;
  return `${every(step, 'hour')} from ${two(hours[0] ?? 0)}:${two(minute)} to ${two(hours.at(-1) ?? 0)}:${two(minute)}`;
}

function withinHours(hours: readonly number[], first: number, last: number): string {
  if (hours.length === 24) return '';
  if (hours.length === 1 || stepOf(hours) === 1) {
    return ` from ${two(hours[0] ?? 0)}:${two(first)} to ${two(hours.at(-1) ?? 0)}:${two(last)}`;
  }
  return ` of ${ofHours(hours)}`;
}

function ofHours(hours: readonly number[]): string {
  const round = roundOf(hours, 24);
  if (round !== null) return round === 1 ? 'every hour' : `every ${ordinal(round)} hour`;
  return hours.length === 1 ? `hour ${hours[0]}` : `the hours ${span(hours)}`;
}

function secondText(seconds: readonly number[], minutes: readonly number[], hours: readonly number[]): string {
  const round = roundOf(seconds, 60);
  const often = round === null ? null : every(round, 'second');
  const at = `at second${seconds.length > 1 ? 's' : ''} ${span(seconds)}`;
  if (minutes.length === 60) {
    if (often !== null) return `${often}${withinHours(hours, 0, 59)}`;
    return `every minute${withinHours(hours, 0, 59)} ${at}`;
  }
  const ofMinutes = `of minute${minutes.length > 1 ? 's' : ''} ${span(minutes)} of ${ofHours(hours)}`;
  return `${often ?? at} ${ofMinutes}`;
}
