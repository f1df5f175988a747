// Reasons that read alike are one, and their number is limited.
import type { JobEvent } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { plainReason, ReasonTally } from './reasons.ts';

test.each([
  ['job 0193c2f0-7b1e-7000-8000-3f2a1c9d0e4b is gone', 'job ... is gone'],
  [
    'refused for ada.lovelace@example.com: 550 5.1.1 no such mailbox',
    'refused for ...@example.com: 550 5.1.1 no such mailbox',
  ],
  [
    'no mysql://ada:CANARY@db/x password=CANARY token: CANARY7',
    'no mysql://ada:...@db/x password=******** token: ********',
  ],
  ['first line\n\tsecond\u0000', 'first line second'],
  ['x '.repeat(300), `${'x '.repeat(98)}x...`],
])('the reason %j is grouped as %j', (message, plain) => expect(plainReason(message)).toBe(plain));

test('reasons above the limit are counted together', () => {
  const tally = new ReasonTally();
  const failed = { event: 'job_failed', jobType: 'email' } as JobEvent;
  for (let n = 0; n < 57; n += 1) tally.note({ ...failed, error: `reason ${n}` }, 0);
  const rows = tally.take();
  expect(rows).toHaveLength(51);
  expect(rows.find(({ reason }) => reason === 'other reasons')).toMatchObject({ failed: 7, retried: 0 });
});
