import type { Job } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { type Around, actionsOf } from './actions.tsx';

const NOW = 1_767_225_600_000;
const LATER = '2026-01-01T01:00:00.000Z';
const around: Around = { typeState: 'ready', paused: false, now: NOW };

const possible = (job: Partial<Job>, more: Partial<Around> = {}): string[] =>
  actionsOf({ status: 'pending', reason: null, runAt: null, ...job }, { ...around, ...more })
    .filter(({ not }) => not === null)
    .map(({ name }) => name);

test.each<[Partial<Job>, string[]]>([
  [{ status: 'pending' }, ['cancel', 'duplicate', 'remove']],
  [{ status: 'pending', runAt: LATER }, ['run', 'cancel', 'duplicate', 'remove']],
  [{ status: 'processing' }, ['cancel', 'duplicate']],
  [{ status: 'completed' }, ['retry', 'edit', 'duplicate', 'remove']],
  [{ status: 'failed' }, ['retry', 'edit', 'duplicate', 'remove']],
  [{ status: 'cancelled' }, ['retry', 'edit', 'duplicate', 'remove']],
  [{ status: 'parked', reason: 'plugin_disabled' }, ['cancel', 'duplicate', 'remove']],
])('a job that is %j allows %j', (job, expected) => {
  expect(possible(job)).toEqual(expected);
});

test('a job whose type cannot run cannot be retried, and a paused one cannot be run', () => {
  expect(possible({ status: 'failed' }, { typeState: 'parked' })).toEqual(['duplicate', 'remove']);
  expect(possible({ runAt: LATER }, { paused: true })).toEqual(['cancel', 'duplicate', 'remove']);
});
