// Keys as people read them.
import { expect, test } from 'vitest';
import { labelOf } from './text.ts';

test.each([
  ['to', 'To'],
  ['sourceUrl', 'Source URL'],
  ['maxAttachmentBytes', 'Max attachment bytes'],
  ['s3', 'S3'],
  ['older_than', 'Older than'],
  ['', ''],
  ['--', '--'],
])('%s is %s', (key, label) => {
  expect(labelOf(key)).toBe(label);
});
