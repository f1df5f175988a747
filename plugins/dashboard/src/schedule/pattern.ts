// A cron expression in words, on the server and while it is typed.
import cronstrue from 'cronstrue';

const DAY = /^(\*|L|\d+(-\d+)?(,\d+(-\d+)?)*(,L)?)$/i;
const MONTH = /^(\*(\/[2346])?|(\d+|[a-z]{3})(-(\d+|[a-z]{3}))?(,(\d+|[a-z]{3})(-(\d+|[a-z]{3}))?)*)$/i;
const WEEKDAY =
  /^(\*|([0-7]|[a-z]{3})(#[1-5])?|[0-7]L|([0-7]|[a-z]{3})(-([0-6]|[a-z]{3}))?(,([0-7]|[a-z]{3})(-([0-6]|[a-z]{3}))?)*)$/i;
const TIMES = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;

/**
 * `At 09:00, Monday through Friday`. Empty for all that is no expression, and for the few that the library describes otherwise than the scheduler runs them:
 * steps that do not divide the hour or the day, steps of days, a range of weekdays beside days of the month (either is enough), `1#2,5`.
 */
export function patternText(expression: string): string {
  const fields = expression.trim().split(/\s+/);
  const [day = '', month = '', weekday = ''] = fields.slice(-3);
  const [hour = '', minute = '', second = '0'] = fields.slice(0, -3).reverse();
  const isDescribed =
    (fields.length === 5 || fields.length === 6) &&
    isTime(second, 60) &&
    isTime(minute, 60) &&
    isTime(hour, 24) &&
    DAY.test(day) &&
    MONTH.test(month) &&
    WEEKDAY.test(weekday) &&
    (day === '*' || !weekday.includes('-'));
  if (!isDescribed) return '';
  try {
    return cronstrue.toString(expression, { use24HourTimeFormat: true });
  } catch {
    return '';
  }
}

/** Every one, steps that divide them all, or times and ranges that go up. */
function isTime(field: string, all: number): boolean {
  const step = /^\*\/(\d+)$/.exec(field)?.[1];
  if (field === '*' || step !== undefined) return all % Number(step ?? 1) === 0;
  return TIMES.test(field) && field.split(',').every((part) => part.split('-').map(Number).every(isUp));
}

const isUp = (n: number, at: number, part: number[]): boolean => at === 0 || n > (part[at - 1] ?? n);
