// Which expressions are taken and when they fire first; which are refused, and in which words.
import { describe, expect, it } from 'vitest';
import { checkPattern } from './cron.ts';

const NOW = Date.parse('2026-10-16T10:20:30.400Z');
const at = (text: string): number => Date.parse(text);
const refused = (pattern: unknown, timezone?: unknown) => {
  const checked = checkPattern(pattern, timezone, NOW);
  return checked.ok ? [] : checked.errors;
};

describe('a valid expression', () => {
  it.each([
    ['0 9 * * 1', '2026-10-19T09:00:00Z'],
    ['0 9 * * MON-FRI', '2026-10-19T09:00:00Z'],
    ['0 0 * * 7', '2026-10-18T00:00:00Z'],
    ['10-50/10 * * * *', '2026-10-16T10:30:00Z'],
    ['0 0 L * *', '2026-10-31T00:00:00Z'],
    ['0 0 * * 1#2', '2026-11-09T00:00:00Z'],
    ['0 0 * * 5L', '2026-10-30T00:00:00Z'],
    ['* * * * * *', '2026-10-16T10:20:31Z'],
    ['0 0 13 * FRI', '2026-10-23T00:00:00Z'],
  ])('%s fires first at %s', (pattern, first) => {
    expect(checkPattern(pattern, undefined, NOW)).toEqual({ ok: true, pattern, timezone: 'UTC', next: at(first) });
  });

  it('is stored with single spaces between its fields', () => {
    expect(checkPattern('  0\t9  * * 1 ', 'Europe/Berlin', NOW)).toMatchObject({
      pattern: '0 9 * * 1',
      timezone: 'Europe/Berlin',
    });
  });
});

describe('an invalid expression', () => {
  it.each([
    [undefined, 'must be text of at most 100 characters'],
    [`${'1,'.repeat(50)}1 * * * *`, 'must be text of at most 100 characters'],
    ['', 'must have 5 fields'],
    ['@daily', 'must have 5 fields'],
    ['0 0 0 1 1 * 2027', 'must have 5 fields'],
    ['2026-01-01T00:00:00Z', 'must have 5 fields'],
    ['60 * * * *', 'has an invalid minute field: use 0 to 59'],
    ['0 24 * * *', 'has an invalid hour field: use 0 to 23'],
    ['0 0 15W * *', 'has an invalid day field'],
    ['0 0 * * 8', 'has an invalid weekday field: use 0 to 7'],
    ['0 0 1 * +MON', 'has an invalid weekday field'],
    ['*/0 * * * *', 'has an invalid minute field'],
    ['5/15 * * * *', 'has an invalid minute field'],
    ['0 0 30 2 *', 'never matches a date'],
    ['0 0 * 2 1#5', 'does not match a date within the next five years'],
  ])('%j %s', (pattern, message) => {
    const errors = refused(pattern);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ path: 'schedule', message: expect.stringContaining(message) });
  });

  it.each(['Nowhere', '+02:00', '', 'Europe/Berlin ', 7, null, {}])(
    'with the time zone %j reports the time zone',
    (zone) => {
      expect(refused('0 0 * * *', zone).map((error) => error.path)).toEqual(['timezone']);
    },
  );

  it('is not repeated in the message', () => {
    expect(JSON.stringify(refused('secret77 * * * *', 'Secret/Place'))).not.toMatch(/secret/i);
  });
});
