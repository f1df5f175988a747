// Days of the calendar as whole numbers, counted from 1 January 1970: arithmetic without clocks and zones.

export const DAY = 86_400_000;
const ISO_DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?(?:Z|([+-])(\d\d):(\d\d))$/;

export interface Civil {
  year: number;
  /** 1 to 12. */
  month: number;
  /** 1 to 31. */
  day: number;
}

/** The number of a day; months and days may run over: month 13 is January. */
export function dayNumber({ year, month, day }: Civil): number {
  const months = year * 12 + (month - 1);
  const y = Math.floor(months / 12) - (months - Math.floor(months / 12) * 12 < 2 ? 1 : 0);
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const shifted = (months - Math.floor(months / 12) * 12 + 10) % 12;
  const dayOfYear = Math.floor((153 * shifted + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export function civil(number: number): Civil {
  const z = number + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

/** 0 for Monday to 6 for Sunday. */
export const weekday = (number: number): number => (((number + 3) % 7) + 7) % 7;

const two = (n: number): string => String(n).padStart(2, '0');

/** `2026-11-25`. */
export function isoDay(number: number): string {
  const { year, month, day } = civil(number);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

/** The number of `2026-11-25`; null for anything else, a day that is not in the calendar included. */
export function parseDay(text: string): number | null {
  const match = ISO_DAY.exec(text);
  if (!match) return null;
  const number = dayNumber({ year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) });
  return isoDay(number) === text ? number : null;
}

/** Milliseconds since 1970 of an ISO time with a zone: `2026-11-25T09:00:00Z`; null for anything else. */
export function parseInstant(text: string): number | null {
  const match = INSTANT.exec(text);
  const day = match ? parseDay(match[1] ?? '') : null;
  if (!match || day === null) return null;
  const [, , hour, minute, second = '0', fraction = '', sign, awayHours = '0', awayMinutes = '0'] = match;
  const parts = [hour, minute, second, awayHours, awayMinutes].map(Number) as [number, number, number, number, number];
  if (parts[0] > 23 || parts[1] > 59 || parts[2] > 59 || parts[3] > 23 || parts[4] > 59) return null;
  const away = (parts[3] * 60 + parts[4]) * (sign === '-' ? -1 : 1);
  const minutes = parts[0] * 60 + parts[1] - away;
  return day * DAY + minutes * 60_000 + parts[2] * 1_000 + Number(fraction.padEnd(3, '0'));
}
