// scratch measurements
import { expect, test } from 'vitest';
import { mkdtempSync } from 'node:fs';
import { openEngine } from '../testing/engine-kit.ts';

async function watch<T>(name: string, work: () => Promise<T>): Promise<T> {
  let longest = 0;
  let last = performance.now();
  let on = true;
  const tick = () => { const n = performance.now(); longest = Math.max(longest, n - last); last = n; if (on) setImmediate(tick); };
  setImmediate(tick);
  await new Promise((r) => setTimeout(r, 20));
  longest = 0;
  const start = performance.now();
  const v = await work();
  const took = performance.now() - start;
  await new Promise((r) => setTimeout(r, 5));
  on = false;
  console.log(`${name}: took ${took.toFixed(0)} ms, longest block ${longest.toFixed(0)} ms`);
  return v;
}
test('measure', async () => {
  const kit = await openEngine({ path: `${mkdtempSync('/tmp/rv/d')}/jobs.db`, queue: { maxQueueSize: 10_000_000 } });
  kit.register('mail', async () => {}, {}, 'mail');
  kit.register('other', async () => {}, {}, 'other');
  const list = (type: string, n: number) => Array.from({ length: n }, (_, i) => ({ type, data: { to: `someone${i}@example.com`, i } }));
  await watch('addMany 10k', () => kit.engine.queue.addMany(list('mail', 10_000), { plugin: null }));
  for (let i = 0; i < 4; i++) await kit.engine.queue.addMany(list('mail', 10_000), { plugin: null });
  kit.engine.registry.setPlugin('mail', 'plugin_disabled');
  await watch('park 50k', () => kit.engine.parking.park('mail', 'plugin_disabled'));
  await watch('parkedOf', () => kit.engine.reads.parkedOf('mail'));
  await watch('park other none', () => kit.engine.parking.park('other', 'plugin_disabled'));
  kit.engine.registry.setPlugin('mail', 'on');
  await watch('unpark 50k', () => kit.engine.parking.unpark('mail'));
  await watch('park other none among 50k ready', () => kit.engine.parking.park('other', 'plugin_disabled'));
  await kit.dialect.db.updateTable('pwj_jobs').set({ lane: 'old' }).execute();
  await watch('reconcile relane 50k', () => kit.engine.parking.reconcile());
  await kit.dialect.db.updateTable('pwj_jobs').set({ state: 'scheduled', due_at: 5 }).execute();
  await watch('promote 500', () => kit.engine.maintenance.promote(10));
  await kit.dialect.db.updateTable('pwj_jobs').set({ state: 'processing', node: 'x', lease_until: 5 }).execute();
  await watch('sweep pass', () => kit.engine.sweep());
  await watch('list failed', () => kit.engine.reads.list({ status: 'failed' }));
  await watch('removeAll 50k', () => kit.engine.parking.removeAll('mail'));
  expect(1).toBe(1);
  await kit.close();
}, 120_000);
