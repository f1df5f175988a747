// Who is suspected of a crash, and who is found guilty.
import { describe, expect, test } from 'vitest';
import { isSuspect, settleCrash, suspicionOf } from './suspects.ts';

const job = { attempt: 2, run: 7, crashes: 0, loneCrashes: 0, startedRun: null, aloneRun: null };
const beside = { startedRun: 7 };
const alone = { startedRun: 7, aloneRun: 7 };

describe('a job that was in a process that died', () => {
  test.each([
    ['without a crash so far counts as at work', {}, { crashes: 1, loneCrashes: 0, outcome: 'crashed' }],
    ['counts once more where it had begun', { crashes: 1, ...beside }, { crashes: 2, loneCrashes: 0 }],
    [
      'does not count where it had not begun',
      { crashes: 1, startedRun: 6 },
      { crashes: 1, loneCrashes: 0, outcome: 'released', why: 'the process crashed before this attempt started' },
    ],
    ['counts as alone where it ran alone', { crashes: 2, ...alone }, { crashes: 3, loneCrashes: 1 }],
    ['counts as in company though it ran alone before', { crashes: 3, startedRun: 7, aloneRun: 6 }, { loneCrashes: 0 }],
    ['ten times in company is put back', { crashes: 10, ...beside }, { crashes: 11, loneCrashes: 0 }],
  ])('%s, and no attempt is spent', (_name, change, expected) => {
    const verdict = settleCrash({ ...job, ...change }, 'retry', 'died');
    expect(verdict).toMatchObject({ step: 'rescue', attempt: 1, error: null, ...expected });
  });

  test('for the third time alone has failed', () => {
    expect(settleCrash({ ...job, crashes: 4, loneCrashes: 2, ...alone }, 'retry', 'died')).toMatchObject({
      step: 'crash',
      crashes: 5,
      loneCrashes: 3,
      attempt: 2,
      error: 'the process crashed 3 times while running this job alone',
    });
  });

  test.each(['stopped', 'restarted'] as const)('that was %s is never charged with it', (end) => {
    const verdict = settleCrash({ ...job, crashes: 4, loneCrashes: 2, ...alone }, 'retry', end);
    expect(verdict).toMatchObject({ step: 'rescue', crashes: 4, loneCrashes: 2, attempt: 1, outcome: 'released' });
  });

  test('and may not run twice has failed at once, unless it had not begun', () => {
    expect(settleCrash(job, 'fail', 'died')).toMatchObject({
      step: 'crash',
      crashes: 1,
      error: 'the process crashed while running this job',
    });
    expect(settleCrash(job, 'fail', 'restarted')).toMatchObject({ step: 'crash', crashes: 0 });
    expect(settleCrash({ ...job, crashes: 1 }, 'fail', 'died')).toMatchObject({ step: 'rescue', crashes: 1 });
  });
});

test('two crashes make a suspect, and what is said of it counts those alone', () => {
  expect([0, 1, 2, 3].map((crashes) => isSuspect({ crashes }))).toEqual([false, false, true, true]);
  expect(suspicionOf({ crashes: 1, loneCrashes: 0 })).toBeNull();
  expect(suspicionOf({ crashes: 2, loneCrashes: 0 })).toBe('it was running in two crashes');
  expect(suspicionOf({ crashes: 4, loneCrashes: 2 })).toBe('it was running in 4 crashes, 2 of them alone (fails at 3)');
});
