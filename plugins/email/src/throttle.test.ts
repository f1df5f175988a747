// Turns: limits per second, and at once and per minute for a domain, in order of waiting, and an end for mails that cannot wait.
import { expect, test } from 'vitest';
import { manualClock } from '../test/database.ts';
import { createThrottle, type Limits, type Turn } from './throttle.ts';

const never = new AbortController().signal;
const FOREVER = Number.POSITIVE_INFINITY;

function start(limits: Limits) {
  const clock = manualClock(0);
  const throttle = createThrottle(limits, clock);
  /** Each turn, with its time. */
  const had: [string, number][] = [];
  const turns: Turn[] = [];
  const take = (name: string, domains: string[], { signal = never, until = FOREVER } = {}) =>
    throttle.take(domains, { signal, until }).then((turn) => {
      had.push([`${name} ${turn.domain}`, clock.now()]);
      turns.push(turn);
      return turn;
    });
  return { clock, take, had, turns };
}

test('a job with many recipients does not hold up others: it rejoins the end of the line after each mail', async () => {
  const { clock, take, had } = start({ rate: 1 });
  const many = async () => {
    for (let n = 0; n < 3; n += 1) (await take('many', ['x.test'])).leave();
  };
  void many();
  await clock.advance(0);
  void take('one', ['x.test']);
  await clock.advance(5_000);
  expect(had.map(([name]) => name)).toEqual(['many x.test', 'many x.test', 'one x.test', 'many x.test']);
});

test('a mail that waits for another to end gives up when its time is over', async () => {
  const { clock, take } = start({ atOnce: 1 });
  await take('a', ['x.test']);
  const waiting = take('b', ['x.test'], { until: 3_000 });
  const outcome = expect(waiting).rejects.toMatchObject({ name: 'NoTurn', delay: 1_000 });
  await clock.advance(3_000);
  await outcome;
});

test('an abort ends the waiting, and the next mail takes its place', async () => {
  const { clock, take, had, turns } = start({ atOnce: 1 });
  const stop = new AbortController();
  await take('a', ['x.test']);
  const gone = expect(take('b', ['x.test'], { signal: stop.signal })).rejects.toThrow('cancelled');
  void take('c', ['x.test']);
  stop.abort(new Error('cancelled'));
  await gone;
  turns[0]?.leave();
  await clock.advance(0);
  expect(had.map(([name]) => name)).toEqual(['a x.test', 'c x.test']);
  await expect(take('d', ['x.test'], { signal: stop.signal })).rejects.toThrow('cancelled');
});
