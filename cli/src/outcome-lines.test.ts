// The lines of a worker: only for its own jobs, with their time.
import { iso } from '@phraseworks/jobs/internals/base';
import type { JobEvent } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { StoredEvent } from '../../core/src/store/event-codec.ts';
import { OutcomeLines } from './outcome-lines.ts';
import { Output } from './output.ts';

function listen() {
  let out = '';
  const stdout = { write: (text: string) => (out += text) };
  const lines = new OutcomeLines({ out: new Output(stdout, stdout, {}, false), isOurs: (id) => id.startsWith('our') });
  const tell = (event: JobEvent['event'], jobId: string, at: number, more: Partial<JobEvent> = {}) =>
    lines.hear([
      new StoredEvent(1, {
        event,
        jobId,
        jobType: 'email',
        plugin: 'email',
        status: 'completed',
        attempt: 2,
        at: iso(at),
        ...more,
      }),
    ]);
  return { tell, lines: () => out.split('\n').slice(0, -1) };
}

test('each outcome of a job of this process is one line with its time, and outcomes of other processes are not shown', () => {
  const { tell, lines } = listen();
  for (const id of ['our-1', 'their-1']) tell('job_started', id, 1_000);
  for (const id of ['our-1', 'their-1']) tell('job_completed', id, 1_250);
  tell('job_retry', 'our-2', 2_000, { error: 'the server\nis away' });
  expect(lines()).toEqual([
    'completed  email            our-1  attempt 2  250 ms',
    'retry      email            our-2  attempt 2           the server is away',
  ]);
});
