import type { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { beforeEach, expect, test } from 'vitest';
import { HandClock } from '../../test/hand-clock.ts';
import { systemRandom } from '../kernel/clock.ts';
import { Tickets } from './live.ts';

const requestOf = (user: string | undefined) => ({ var: { user } }) as unknown as Context;

let clock: HandClock;
let tickets: Tickets;
beforeEach(() => {
  clock = new HandClock();
  tickets = new Tickets(clock, systemRandom);
});

function refusal(ticket: string): unknown {
  try {
    return tickets.redeem(ticket);
  } catch (error) {
    return (error as JobsError).code;
  }
}

test('a ticket is valid for 30 seconds', () => {
  const [inTime, late] = [tickets.issue(requestOf('ada')), tickets.issue(requestOf('ada'))];
  clock.advance(29_999);
  expect(tickets.redeem(inTime.ticket)).toEqual(requestOf('ada'));
  clock.advance(1);
  expect(refusal(late.ticket)).toBe('UNAUTHORIZED');
});

test('beyond 10,000 open tickets the oldest are dropped', () => {
  const first = tickets.issue(requestOf('first'));
  const second = tickets.issue(requestOf('second'));
  for (let i = 0; i < 9_999; i += 1) tickets.issue(requestOf('flood'));
  expect(refusal(first.ticket)).toBe('UNAUTHORIZED');
  expect(tickets.redeem(second.ticket)).toEqual(requestOf('second'));
});
