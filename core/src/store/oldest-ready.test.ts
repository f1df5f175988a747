import { afterEach, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { oldestReady } from './job-reads.ts';

let kit: CoreKit;
afterEach(() => kit.close());

test('each lane reports since when its oldest ready job has waited, whatever its priority', async () => {
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
