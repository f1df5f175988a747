// The combined subscription of all followers, and which events each receives.
import { describe, expect, test } from 'vitest';
import type { JobEvent } from '../job.ts';
import { covers, type EventFilter, type Follower, matches, same, union } from './follower.ts';

const wanting = (...filters: EventFilter[]) => union(filters.map((filter) => ({ filter }) as Follower));
const names = (count: number) => Array.from({ length: count }, (_, n) => `job-${n}`);
const event = { jobId: 'a', jobType: 'email' } as JobEvent;

describe('combined filters', () => {
  test('list each job and each type once', () => {
    const wanted = wanting({ jobs: ['a', 'b'] }, { jobs: ['b'], types: ['email'] });
    expect(wanted).toEqual({ jobs: ['a', 'b'], types: ['email'] });
  });

  test('cover everything if one of them does', () => {
    expect(wanting({ jobs: ['a'] }, {})).toBeUndefined();
  });

  test('cover everything above a hundred names', () => {
    expect(wanting({ jobs: names(99), types: ['email'] })).toBeDefined();
    expect(wanting({ jobs: names(100), types: ['email'] })).toBeUndefined();
  });

  test('match no event if they contain no name', () => {
    const { jobs = [], types = [] } = wanting({ jobs: [] }) ?? {};
    expect(jobs.length + types.length).toBe(1);
    expect(matches({ jobs, types }, event)).toBe(false);
  });

  test('leave out names that a server rejects', () => {
    const [longest, tooLong] = ['a'.repeat(191), 'a'.repeat(192)];
    const wanted = wanting({ jobs: ['', longest, tooLong] }, { types: ['', 'email', tooLong] });
    expect(wanted).toEqual({ jobs: [longest], types: ['email'] });
    expect(covers(wanted, { jobs: [tooLong], types: [''] })).toBe(true);
    expect(covers(wanted, { jobs: [tooLong, 'b'] })).toBe(false);
    expect(wanting({ jobs: [''] })).toEqual(wanting({ jobs: [] }));
  });
});

test.each<[EventFilter, boolean]>([
  [{}, true],
  [{ jobs: ['a'] }, true],
  [{ jobs: ['b'] }, false],
  [{ jobs: ['b'], types: ['email'] }, true],
  [{ types: [] }, false],
])('%j matches the event of job a, of type email: %s', (filter, fits) => {
  expect(matches(filter, event)).toBe(fits);
});

test('a subscription to some names covers those, and not everything', () => {
  const wanted = wanting({ jobs: ['a', 'b'], types: ['email'] });
  expect(covers(wanted, { jobs: ['b'] })).toBe(true);
  expect(covers(wanted, { jobs: ['c'] })).toBe(false);
  expect(covers(wanted, {})).toBe(false);
  expect(covers(undefined, {})).toBe(true);
});

test('the same names are the same filter', () => {
  expect(same(wanting({ jobs: ['a'] }), wanting({ jobs: ['a'] }))).toBe(true);
  expect(same(wanting({ jobs: ['a'] }), wanting({ types: ['a'] }))).toBe(false);
  expect(same(wanting({}), wanting({ jobs: ['a'] }))).toBe(false);
});
