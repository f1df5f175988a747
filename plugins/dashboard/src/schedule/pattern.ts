// A cron expression in words.
import cronstrue from 'cronstrue';

const DAY = /^(\*|L|\d+(-\d+)?(,\d+(-\d+)?)*(,L)?)$/i;
const MONTH = /^(\*(\/[2346])?|(\d+|[a-z]{3})(-(\d+|[a-z]{3}))?(,(\d+|[a-z]{3})(-(\d+|[a-z]{3}))?)*)$/i;
const WEEKDAY =
  /^(\*|([0-7]|[a-z]{3})(#[1-5])?|[0-7]L|([0-7]|[a-z]{3})(-([0-6]|[a-z]{3}))?(,([0-7]|[a-z]{3})(-([0-6]|[a-z]{3}))?)*)$/i;
const TIMES = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;

/**
 * `At 09:00, Monday through Friday`. Empty if the expression is invalid, or if cronstrue describes it differently from how the scheduler runs it:
 * steps that do not divide the hour or day, steps of days, a range of weekdays together with days of the month, `1#2,5`.
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

/** `*`, steps that divide `all`, or ascending numbers and ranges. */
function isTime(field: string, all: number): boolean {
  const step = /^\*\/(\d+)$/.exec(field)?.[1];
  if (field === '*' || step !== undefined) return all % Number(step ?? 1) === 0;
  return TIMES.test(field) && field.split(',').every((part) => part.split('-').map(Number).every(isUp));
}

const isUp = (n: number, at: number, part: number[]): boolean => at === 0 || n > (part[at - 1] ?? n);
