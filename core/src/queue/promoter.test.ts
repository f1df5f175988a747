// Delayed jobs run when they are due: one timer for all of them.

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { shiftedClock } from '../../test/shifted-clock.ts';

let kit: CoreKit;
let ran: { name: unknown; at: number }[];
async function open(options: Parameters<typeof openCore>[0] = {}): Promise<CoreKit> {
  const opened = await openCore(options);
  opened.register('t', async (name) => {
    ran.push({ name, at: opened.core.now() });
  });
  return opened;
}
beforeEach(async () => {
  ran = [];
  kit = await open();
});
afterEach(() => kit.close());

const names = () => ran.map((run) => run.name);

describe('a delayed job', () => {
  test('added by another process runs here within a second of its due time', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'jobs.db');
    const [here, there] = [await open({ path }), await open({ path })];
    here.core.startListening();
    await here.core.startWorker();
    await here.idle();
    await there.add({ type: 't', data: 'x', delay: 3_000 });
    await here.clock.advance(4_000);
    await here.idle();
    expect(names()).toEqual(['x']);
    expect(ran[0]?.at).toBe(there.clock.now() + 3_000);
    await here.close();
    await there.close();
  });
});

describe('the promoter', () => {
  test('handles a clock that is set back: the job runs when it is due again', async () => {
    const manual = kit.clock;
    const clock = shiftedClock(manual);
    const skewed = await open({ clock });
    manual.onTurn(() => skewed.idle());
    await skewed.core.startWorker();
    await skewed.add({ type: 't', data: 'x', delay: 10_000 });
    clock.shift = -60_000;
    await manual.advance(10_000);
    await skewed.idle();
    expect(ran).toEqual([]);
    clock.shift = 0;
    await manual.advance(60_000);
    await skewed.idle();
    expect(names()).toEqual(['x']);
    const stopped = skewed.core.stopWorker(0);
    await manual.advance(1);
    await stopped;
    await skewed.core.close();
  });

  test('finds a job that came due while the machine slept at the next sweep', async () => {
    const manual = kit.clock;
    const clock = shiftedClock(manual);
    const sleeper = await open({ clock });
    manual.onTurn(() => sleeper.idle());
    await sleeper.core.startWorker();
    await sleeper.add({ type: 't', data: 'x', delay: 3_600_000 });
    clock.shift = 3_600_000;
    // On a server, every sixth sweep checks everything.
    await manual.advance(sleeper.dialect.ordered ? 5_000 : 30_000);
    await sleeper.idle();
    expect(names()).toEqual(['x']);
    await sleeper.close();
  });
});
