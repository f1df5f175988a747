// What a round of the sweep does when one of its duties fails.

import { expect, test } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { Sweep } from './sweep.ts';

test('a duty that fails does not stop the others, and each error is logged once', async () => {
  const done: string[] = [];
  const logged: string[] = [];
  const fails = () => Promise.reject(new Error('database is locked'));
  const sweep = new Sweep({
    always: fails,
    whole: [fails, () => done.push('parked jobs'), () => done.push('ready jobs')],
    dialect: { ordered: true } as never,
    settings: { queue: { sweepInterval: 1_000 } },
    clock: new ManualClock(),
    log: { debug() {}, info() {}, warn() {}, error: (line: unknown) => logged.push(String(line)) } as never,
  });
  await sweep.run();
  expect(done).toEqual(['parked jobs', 'ready jobs']);
  expect(logged).toEqual(['The sweep for lost jobs failed, will try again: database is locked']);
});
