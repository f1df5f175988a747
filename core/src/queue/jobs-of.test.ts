// The specification's functions, bound to one owner.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { createLogger } from '../kernel/logger.ts';
import { type OwnedJobs, ownedJobs } from './jobs-of.ts';

let kit: CoreKit;
let shop: OwnedJobs;
let reports: unknown[];
let lines: string[];
let breaks: boolean;
beforeEach(async () => {
  kit = await openCore();
  reports = [];
  lines = [];
  breaks = false;
  const { core } = kit;
  const log = createLogger('debug', (line) => lines.push(line));
  const report = async (fact: object) => {
    reports.push(fact);
    if (breaks) throw new Error('a listener broke');
  };
  shop = ownedJobs({ ...core, clock: kit.clock, log, report }, 'shop');
  kit.register('order', async (data) => ({ success: true, result: data }), {}, 'shop');
  await kit.core.startWorker();
});
afterEach(() => kit.close());

test('a history keeps the order of what happened, although all of it shares a millisecond', async () => {
  kit.register('wait', async (_data, _id, attempt, { signal }) => {
    if (runs.push(attempt) === 1) await new Promise((_, reject) => signal.addEventListener('abort', () => reject()));
  });
  const runs: number[] = [];
  const { id } = await shop.addJob({ type: 'wait', data: {}, delay: 5_000 });
  for (let turn = 0; turn < 2; turn += 1) {
    await shop.cancelJob(id);
    await kit.idle();
    await kit.core.actions.retry(id, {});
    await kit.idle();
  }
  const history = await shop.getJobHistory(id);
  expect(new Set(history.map(({ at }) => at)).size).toBe(1);
  expect(history.map(({ event }) => event.slice(4))).toEqual([
    ...['added', 'cancelled', 'requeued', 'started', 'cancelled', 'requeued', 'started', 'completed'],
  ]);
});

describe('handleError', () => {
  test('never throws, whatever its arguments and listeners', async () => {
    breaks = true;
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const data = {
      get jobId(): string {
        throw new Error('no');
      },
    };
    const wrong: unknown[][] = [
      [],
      [undefined, undefined, null],
      [proxy],
      [1, Symbol('s')],
      ['x', 'y', { additionalData: data }],
      ['x', {}, 5],
      ['x', 'y', { additionalData: 'text' }],
    ];
    for (const args of wrong) await expect(shop.handleError(...(args as [unknown]))).resolves.toBeUndefined();
    expect(reports).toHaveLength(wrong.length);
  });
});
