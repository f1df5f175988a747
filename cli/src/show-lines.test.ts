// One job in full, and what helps if it is not running.
import type { JobRecord } from '@phraseworks/jobs/internals/core';
import type { Job } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { jobOf } from '../../core/test/stand-host.ts';
import { hints } from './job.ts';
import { Output } from './output.ts';
import { jobLines } from './show-lines.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const at = (ms: number): string => new Date(NOW + ms).toISOString();

function linesOf(more: Partial<Job>, why: string | null = null): string[] {
  let text = '';
  const write = (given: string): void => {
    text += given;
  };
  const out = new Output({ write }, { write }, {}, false);
  const job: Job = { ...jobOf('an-id', { type: 'email', data: {} }), createdAt: at(-10_000), ...more };
  jobLines(out, job, NOW, why);
  return text.split('\n').map((line) => line.trim().replace(/ +/g, ' '));
}

test.each(['x', 'x'.repeat(200)])('data cannot speak to the terminal', (more) => {
  const text = linesOf({ type: 'a\u009b31m', data: { html: `\u009b31m${more}` } }).join('');
  expect(text).not.toMatch(/[\u007f-\u009f]/);
  expect(text).toContain(String.raw`\u009b31mx`);
});

test.each([
  ['failed', null, ['phraseworks-jobs show 12345678', 'phraseworks-jobs retry 12345678']],
  ['parked', 'plugin_disabled', ['phraseworks-jobs plugins enable email']],
  ['parked', 'plugin_failed', ['phraseworks-jobs plugins']],
  ['parked', 'paused', ['phraseworks-jobs pauses']],
  ['ready', null, []],
])('for a job that is %s (%s) these commands help: %j', (state, reason, expected) => {
  const record = { id: 'abcd-12345678', plugin: 'email', state, reason } as JobRecord;
  expect(hints(record)).toEqual(expected);
});
