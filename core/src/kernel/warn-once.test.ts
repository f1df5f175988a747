// Which lines of a log are left out while the database is away.
import { expect, test } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { createLogger, warnOnce } from './logger.ts';

test('an unavailable database is logged once per half minute overall, and everything else each time', async () => {
  const lines: string[] = [];
  const clock = new ManualClock();
  const log = warnOnce(
    createLogger('info', (line) => lines.push(line)),
    clock,
  );
  const away = 'The database is not available: nothing answers at its address.';
  log.error(`Cannot claim jobs: ${away}`);
  log.error(`The outcome of job 1 cannot be stored now: ${away}`);
  log.error('The processor failed.');
  log.error('The processor failed.');
  await clock.advance(29_999);
  log.warn(`Cannot check for due jobs: ${away}`);
  await clock.advance(1);
  log.warn(`Cannot check for due jobs: ${away}`);
  expect(lines).toEqual([
    `error Cannot claim jobs: ${away}`,
    'error The processor failed.',
    'error The processor failed.',
    `warn  Cannot check for due jobs: ${away}`,
  ]);
});
