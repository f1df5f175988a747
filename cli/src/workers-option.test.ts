// The arguments that ask for worker processes.
import { expect, test } from 'vitest';
import { workersOption } from './workers-option.ts';

test.each([
  [['--demo'], { workers: 0, withWorker: false }],
  [['--workers', '2', '--demo'], { workers: 2, withWorker: false }],
  [['--workers=3', '--with-worker'], { workers: 3, withWorker: true }],
])('%j is understood', (args, expected) => {
  expect(workersOption(args)).toEqual(expected);
});

test.each([[['--workers']], [['--workers', 'x']], [['--workers=']], [['--workers', '-1']], [['--workers', '65']]])(
  '%j is refused',
  (args) => {
    expect(() => workersOption(args)).toThrow('--workers must be a whole number from 0 to 64');
  },
);
