// Additions of the same keys from two processes at the same moment, while their jobs run and end.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../../test/core-kit.ts';

test('two processes that add the same keys at once run each key alone, its last job last, and leave nothing blocked', async () => {
  const path = join(await temporaryFolder(), 'jobs.db');
  const queue = { pollInterval: 50, sweepInterval: 3_600_000, leaseDuration: 86_400_000 };
  const one = await openCore({ path, queue });
  const kits = [one, await openCore({ path, queue, clock: one.clock })];
  const running = new Set<string>();
  const ran = new Map<string, number[]>();
  const wrong: string[] = [];
  const process = async ({ key, n }: { key: string; n: number }): Promise<void> => {
    if (running.has(key)) wrong.push(`${key} ran twice at once`);
    running.add(key);
    await new Promise((resolve) => setImmediate(resolve));
    running.delete(key);
    ran.set(key, [...(ran.get(key) ?? []), n]);
  };
  for (const kit of kits) {
    kit.register('t', process as never, { key: ['key'], unique: { onConflict: 'replace' } });
    await kit.core.startWorker();
  }
  const added: string[] = [];
  for (let n = 0; n < 20; n += 1) {
    const round = kits.flatMap((kit: CoreKit) =>
      ['a', 'b', 'c'].map((key) => kit.core.queue.add({ type: 't', data: { key, n } }, { plugin: null })),
    );
    added.push(...(await Promise.all(round)).flatMap(({ id, outcome }) => (outcome === 'added' ? [id] : [])));
  }
  for (let round = 0; round < 40; round += 1) {
    await one.clock.advance(50);
    for (const kit of kits) await kit.idle();
  }
  const rows = await one.dialect.reader.selectFrom('pwj_jobs').select(['id', 'state']).execute();
  const heads = await one.dialect.reader.selectFrom('pwj_key_heads').selectAll().execute();
  for (const kit of kits) await kit.close();
  expect(wrong).toEqual([]);
  expect([...ran.values()].map((runs) => runs.at(-1))).toEqual([19, 19, 19]);
  expect(rows.map(({ id }) => id).sort()).toEqual(added.sort());
  expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['completed']));
  expect([...ran.values()].flat().length).toBe(added.length);
  expect(heads).toEqual([]);
});
