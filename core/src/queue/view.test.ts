// What a type shows for a job, or a sentence that says why it shows nothing.
import type { Block, Job } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { resolveSettings } from '../kernel/config.ts';
import { TypeRegistry } from './registry.ts';
import { viewOf } from './view.ts';

const job = { id: '1', type: 'mail', data: { to: 'ada' } } as unknown as Job;

function stand(view?: (job: Job) => unknown) {
  const clock = new ManualClock();
  const registry = new TypeRegistry({ settings: resolveSettings({}), clock });
  const lines: string[] = [];
  const entered: string[] = [];
  const say = (line: string) => void lines.push(line);
  registry.register({
    type: 'mail',
    plugin: null,
    processor: { lazy: () => Promise.reject(new Error('the processor must not be loaded')) },
    options: view ? { view: view as (job: Job) => Block[] } : {},
    enter: (fn) => {
      entered.push('mail');
      return fn();
    },
  });
  const log = { debug: say, info: say, warn: say, error: say };
  return { lines, clock, entered, show: (one = job) => viewOf(one, { registry, clock, log }) };
}

test('a view that throws differs from an empty one, and its message only goes to the log', async () => {
  const { show, lines } = stand(() => {
    throw new Error('password hunter2');
  });
  expect(await show()).toEqual({ blocks: [], error: expect.stringMatching(/^The view of this type failed; .* log/) });
  expect(lines).toEqual([expect.stringContaining('hunter2')]);
});

test('a view that never ends is abandoned after two seconds', async () => {
  const { show, clock } = stand(() => new Promise(() => {}));
  const shown = show();
  await clock.advance(2_000);
  expect(await shown).toEqual({ blocks: [], error: expect.stringContaining('within 2 s') });
});
