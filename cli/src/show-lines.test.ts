// One job in full, and what helps if it is not running.
import type { Job } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { hints } from './job.ts';
import { Output } from './output.ts';
import { jobLines } from './show-lines.ts';

const EMPTY = 'summary plugin runAt startedAt finishedAt worker schedule progress result metrics error message reason';
const nulls = Object.fromEntries(EMPTY.split(' ').map((name) => [name, null]));
const waiting = { ...nulls, id: 'an-id', status: 'pending', priority: 'normal', attempt: 0, maxRetries: 3, crashes: 0 };

test.each(['x', 'x'.repeat(200)])('data cannot speak to the terminal', (more) => {
  let text = '';
  const to = {
    write(given: string) {
      text += given.trim();
    },
  };
  const createdAt = new Date(0).toISOString();
  const job = { ...waiting, type: 'a\u009b31m', data: { html: `\u009b31m${more}` }, createdAt } as unknown as Job;
  jobLines(new Output(to, to, {}, false), job, 10_000, null);
  expect(text).not.toMatch(/[\u007f-\u009f]/);
  expect(text).toContain(String.raw`\u009b31mx`);
});

test.each([
  ['failed', null, ['phraseworks-jobs show 12345678', 'phraseworks-jobs retry 12345678']],
  ['parked', 'plugin_disabled', ['phraseworks-jobs plugins enable email']],
  ['parked', 'plugin_failed', ['phraseworks-jobs plugins']],
  ['parked', 'paused', ['phraseworks-jobs pauses']],
  ['pending', null, []],
])('for a job that is %s (%s) these commands help: %j', (status, reason, expected) => {
  const job = { id: 'abcd-12345678', plugin: 'email', status, reason } as Job;
  expect(hints(job)).toEqual(expected);
});
