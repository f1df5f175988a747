// Patterns in words: all forms that a schedule may have.
import { expect, test } from 'vitest';
import { patternText } from '../words/en/pattern.ts';
import { readPattern } from './pattern.ts';

const inWords = (text: string): string | null => {
  const pattern = readPattern(text);
  return pattern && patternText(pattern);
};

test.each([
  // Within a day.
  ['* * * * *', 'every minute'],
  ['*/5 * * * *', 'every 5 minutes'],
  ['0-59/15 * * * *', 'every 15 minutes'],
  ['0,30 * * * *', 'every 30 minutes'],
  ['0 * * * *', 'every hour'],
  ['30 * * * *', 'every hour at minute 30'],
  ['0 */2 * * *', 'every 2 hours'],
  ['15 */6 * * *', 'every 6 hours at minute 15'],
  ['0 */12 * * *', 'every day at 00:00 and 12:00'],
  ['0 9-17 * * *', 'every hour from 09:00 to 17:00'],
  ['30 8-18/2 * * *', 'every 2 hours from 08:30 to 18:30'],
  ['*/10 9-17 * * *', 'every 10 minutes from 09:00 to 17:50'],
  ['* 9 * * *', 'every minute from 09:00 to 09:59'],
  ['*/20 8,12 * * *', 'every 20 minutes of the hours 8 and 12'],
  ['*/20 */2 * * *', 'every 20 minutes of every 2nd hour'],
  ['*/7 * * * *', 'at minutes 0 to 56 in steps of 7 of every hour'],
  ['5,10,40 * * * *', 'at minutes 5, 10 and 40 of every hour'],
  ['1-5 6-9 * * *', 'at minutes 1 to 5 of the hours 6 to 9'],
  ['0 9 * * *', 'every day at 09:00'],
  ['0 9,17 * * *', 'every day at 09:00 and 17:00'],
  ['0,30 9,17 * * *', 'every day at 09:00, 09:30, 17:00 and 17:30'],
  // With seconds.
  ['* * * * * *', 'every second'],
  ['*/10 * * * * *', 'every 10 seconds'],
  ['0 * * * * *', 'every minute'],
  ['30 * * * * *', 'every minute at second 30'],
  ['10,40 * * * * *', 'every minute at seconds 10 and 40'],
  ['*/10 * 9-17 * * *', 'every 10 seconds from 09:00 to 17:59'],
  ['30 0 9 * * *', 'every day at 09:00:30'],
  ['*/10 0-5 9 * * *', 'every 10 seconds of minutes 0 to 5 of hour 9'],
  ['0 */5 * * * *', 'every 5 minutes'],
  // Days of the week.
  ['0 9 * * 1', 'every Monday at 09:00'],
  ['0 9 * * mon', 'every Monday at 09:00'],
  ['0 9 * * 7', 'every Sunday at 09:00'],
  ['0 9 * * 0', 'every Sunday at 09:00'],
  ['0 9 * * MON,THU', 'every Monday and Thursday at 09:00'],
  ['0 9 * * 1-5', 'Monday to Friday at 09:00'],
  ['0 9 * * 6-7', 'every Saturday and Sunday at 09:00'],
  ['0 9 * * 0,6', 'every Saturday and Sunday at 09:00'],
  ['0 9 * * */2', 'every Tuesday, Thursday, Saturday and Sunday at 09:00'],
  ['0 9 * * 0-7', 'every day at 09:00'],
  ['*/10 9-17 * * 1-5', 'every 10 minutes from 09:00 to 17:50, Monday to Friday'],
  ['0 * * * 1', 'every hour, every Monday'],
  ['0 9 * * 1#2', 'on the 2nd Monday of every month at 09:00'],
  ['0 9 * * 5L', 'on the last Friday of every month at 09:00'],
  ['0 9 * * FRI#L', 'on the last Friday of every month at 09:00'],
  ['0 9 * * 1#1,3#3', 'on the 1st Monday and the 3rd Wednesday of every month at 09:00'],
  ['0 9 * * 1-5#1', 'on the 1st Monday, Tuesday, Wednesday, Thursday and Friday of every month at 09:00'],
  ['0 9 * * 1,5L', 'every Monday and on the last Friday of every month at 09:00'],
  // Days of the month.
  ['0 0 1 * *', 'on the 1st of every month at 00:00'],
  ['0 0 1,15 * *', 'on the 1st and 15th of every month at 00:00'],
  ['0 0 1-7 * *', 'on the 1st to 7th of every month at 00:00'],
  ['0 0 */10 * *', 'on every 10th day from the 1st to the 31st of every month at 00:00'],
  ['0 0 L * *', 'on the last day of every month at 00:00'],
  ['0 0 15,L * *', 'on the 15th and the last day of every month at 00:00'],
  ['0 0 11,12,22,23 * *', 'on the 11th, 12th, 22nd and 23rd of every month at 00:00'],
  ['0 9 13 * 5', 'on the 13th of every month and every Friday at 09:00'],
  ['0 9 1-31 * 5', 'every day at 09:00'],
  // Months.
  ['0 9 * 6 *', 'every day in June at 09:00'],
  ['0 9 1 1 *', 'on 1 January at 09:00'],
  ['0 9 1 JAN,JUL *', 'on 1 January and 1 July at 09:00'],
  ['0 9 L */3 *', 'on the last day of January, April, July and October at 09:00'],
  ['0 9 * jun-aug *', 'every day from June to August at 09:00'],
  ['0 9 * 6 1', 'every Monday in June at 09:00'],
  ['*/5 * * 12 *', 'every 5 minutes, in December'],
  ['0 9 * 6 5L', 'on the last Friday of June at 09:00'],
])('%s is %s', (pattern, words) => {
  expect(inWords(pattern)).toBe(words);
});

test.each([
  '',
  '@daily',
  '* * * *',
  '* * * * * * *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * 32 * *',
  '* * * 13 *',
  '* * * * 8',
  '5/10 * * * *',
  '*/0 * * * *',
  '5-1 * * * *',
  '0 9 15W * *',
  '0 9 L-3 * *',
  '0 9 ? * 1',
  '0 9 * * 1#6',
  '0 9 * * FRIDAY',
  '0 9 * * +FRI',
  'a b c d e',
])('%s is shown as it is', (pattern) => {
  expect(inWords(pattern)).toBeNull();
});
