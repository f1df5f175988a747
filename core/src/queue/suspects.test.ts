// Which jobs are suspected of a crash, and which are blamed for it.
import { describe, expect, test } from 'vitest';
import { decideCrash } from './suspects.ts';

const job = { attempt: 2, run: 7, crashes: 0, loneCrashes: 0, startedRun: null, aloneRun: null };
const beside = { startedRun: 7 };
const alone = { startedRun: 7, aloneRun: 7 };

describe('a job whose process died', () => {
  test.each([
    ['without earlier crashes counts as running', {}, { crashes: 1, loneCrashes: 0, outcome: 'crashed' }],
    ['has one more crash if it had started', { crashes: 1, ...beside }, { crashes: 2, loneCrashes: 0 }],
    [
      'has no more crashes if it had not started',
      { crashes: 1, startedRun: 6 },
      { crashes: 1, loneCrashes: 0, outcome: 'released', why: 'the process crashed before this attempt started' },
    ],
    ['has one more crash alone if it ran alone', { crashes: 2, ...alone }, { crashes: 3, loneCrashes: 1 }],
    [
      'has no more crashes alone if only an earlier run was alone',
      { crashes: 3, startedRun: 7, aloneRun: 6 },
      { loneCrashes: 0 },
    ],
    ['is released after ten crashes next to others', { crashes: 10, ...beside }, { crashes: 11, loneCrashes: 0 }],
  ])('%s, without using up an attempt', (_name, change, expected) => {
    const verdict = decideCrash({ ...job, ...change }, 'retry', 'died');
    expect(verdict).toMatchObject({ step: 'rescue', attempt: 1, error: null, ...expected });
  });

  test('fails at once if it must not run twice, unless it had not started', () => {
    expect(decideCrash(job, 'fail', 'died')).toMatchObject({
      step: 'crash',
      crashes: 1,
      error: 'the process crashed while running this job',
    });
    expect(decideCrash(job, 'fail', 'restarted')).toMatchObject({ step: 'crash', crashes: 0 });
    expect(decideCrash({ ...job, crashes: 1 }, 'fail', 'died')).toMatchObject({ step: 'rescue', crashes: 1 });
  });
});
