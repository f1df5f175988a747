import type { Job } from '@phraseworks/sdk';
import type { OfferedType } from '@phraseworks/sdk/client';
import { expect, test } from 'vitest';
import { summaryOf } from '../text.ts';
import { maskedJobs } from './secrets.ts';

const job = { type: 'card', data: { holder: 'CANARY', name: 'Ada' }, summary: null } as unknown as Job;
const types = [
  {
    type: 'card',
    schema: { type: 'object', properties: { holder: { type: 'string', secret: true }, name: { type: 'string' } } },
  },
] as unknown as OfferedType[];

test('a value that only the schema marks as secret is not in the summary of a job', () => {
  expect(maskedJobs([job], types).map(summaryOf)).toEqual(['Ada']);
  expect(maskedJobs([job], []).map(summaryOf)).toEqual(['CANARY, Ada']);
});
