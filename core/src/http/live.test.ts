import type { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../test/live-stand.ts';
import { systemRandom } from '../kernel/clock.ts';
import { Tickets } from './live.ts';

const c = {} as Context;
const holder = (user: string | undefined) => ({ c, view: { user }, operate: null });

let clock: ManualClock;
let tickets: Tickets;
beforeEach(() => {
  clock = new ManualClock();
  tickets = new Tickets(clock, systemRandom);
});

function refusal(ticket: string): unknown {
  try {
    return tickets.redeem(ticket);
  } catch (error) {
    return (error as JobsError).code;
  }
}

test('a ticket identifies its user and is valid once', () => {
  const { ticket, expiresAt } = tickets.issue(holder('ada'));
  expect(expiresAt).toBe(new Date(clock.now() + 30_000).toISOString());
  expect(tickets.redeem(ticket)).toEqual(holder('ada'));
  expect(refusal(ticket)).toBe('UNAUTHORIZED');
});

test('a ticket is valid for 30 seconds', () => {
  const [inTime, late] = [tickets.issue(holder('ada')), tickets.issue(holder('ada'))];
  clock.advance(29_999);
  expect(tickets.redeem(inTime.ticket)).toEqual(holder('ada'));
  clock.advance(1);
  expect(refusal(late.ticket)).toBe('UNAUTHORIZED');
});

test('every ticket is different and has 256 bits', () => {
  const made = new Set(Array.from({ length: 1_000 }, () => tickets.issue(holder(undefined)).ticket));
  expect(made.size).toBe(1_000);
  for (const ticket of made) expect(Buffer.from(ticket, 'base64url').length).toBe(32);
});

test.each(['', 'x', 'x'.repeat(100_000)])('an invalid ticket is refused', (text) => {
  expect(refusal(text)).toBe('UNAUTHORIZED');
});

test('beyond 10,000 open tickets the oldest are dropped', () => {
  const first = tickets.issue(holder('first'));
  const second = tickets.issue(holder('second'));
  for (let i = 0; i < 9_999; i += 1) tickets.issue(holder('flood'));
  expect(refusal(first.ticket)).toBe('UNAUTHORIZED');
  expect(tickets.redeem(second.ticket)).toEqual(holder('second'));
});
