import { afterEach, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { oldestReady } from './job-reads.ts';

let kit: CoreKit;
afterEach(() => kit.close());

test('of each lane the time is told from which its oldest ready job waits, whatever its priority', async () => {
  kit = await openCore();
  for (const type of ['a', 'b', 'c']) kit.register(type, async () => ({ success: true }), {}, type);
  const start = kit.clock.now();
  await kit.add({ type: 'a', data: {}, priority: 'low' });
  await kit.clock.advance(1_000);
  await kit.add({ type: 'a', data: {}, priority: 'high' });
  await kit.add({ type: 'b', data: {} });
  await kit.add({ type: 'c', data: {}, delay: 60_000 });
  expect(await oldestReady(kit.dialect)()).toEqual(
    new Map([
      ['a', start],
      ['b', start + 1_000],
    ]),
  );
});

test('without ready jobs there is nothing to tell', async () => {
  kit = await openCore();
  expect(await oldestReady(kit.dialect)()).toEqual(new Map());
});
