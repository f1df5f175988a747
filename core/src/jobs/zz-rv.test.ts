// scratch

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { setColumns } from '../db/job-moves.ts';
import { openEngine } from '../testing/engine-kit.ts';

test('hetero: B parks what A serves', async () => {
  const path = join(mkdtempSync('/tmp/rv/d'), 'jobs.db');
  const a = await openEngine({ path });
  a.register('mail', () => new Promise(() => {}), {}, 'mail');
  await a.engine.startWorker();
  const ids = await Promise.all(Array.from({ length: 20 }, () => a.add({ type: 'mail', data: 1 })));
  await a.idle();
  const b = await openEngine({ path });
  b.engine.registry.setOwner('mail', 'mail');
  b.register('other', async () => {}, {}, 'other');
  await b.engine.startWorker();
  await b.engine.sweep();
  console.log(await b.engine.reads.counts());
  for (let i = 0; i < 3; i++) {
    await a.engine.wakeup.look();
    await a.idle();
    console.log('A', await b.engine.reads.counts());
    await b.engine.sweep();
    console.log('B', await b.engine.reads.counts());
  }
  await b.close();
  await a.close();
});

test('same node reclaims while old attempt runs', async () => {
  const path = join(mkdtempSync('/tmp/rv/d'), 'jobs.db');
  const a = await openEngine({ path });
  let now = 0,
    most = 0;
  const ends: (() => void)[] = [];
  const whys: string[] = [];
  a.register('t', async (_d, _i, _a, job) => {
    now++;
    most = Math.max(most, now);
    job.signal.addEventListener('abort', () => whys.push(job.signal.reason.why));
    await new Promise<void>((r) => ends.push(r));
    now--;
  });
  await a.engine.startWorker();
  const id = await a.add({ type: 't', data: 1 });
  await a.idle();
  const b = await openEngine({ path });
  await b.clock.advance(40_000);
  await b.engine.sweep();
  await b.idle();
  console.log(await b.row(id));
  await a.engine.wakeup.look();
  await a.idle();
  console.log('concurrent', most, whys, a.engine.worker.free);
  ends[0]?.();
  await a.idle();
  console.log(
    'free after first ended',
    a.engine.worker.free,
    a.engine.worker.attempt(id) !== undefined,
    await a.state(id),
  );
  ends[1]?.();
  await a.idle();
  console.log('free', a.engine.worker.free, await a.state(id));
  await b.close();
  await a.close();
});
