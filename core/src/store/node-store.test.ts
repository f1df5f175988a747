// The rows of the processes: which are removed.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestDatabase } from '../../test/core-kit.ts';
import type { Identity } from '../kernel/identity.ts';
import type { Dialect } from './dialect.ts';
import { NodeStore } from './node-store.ts';

let dialect: Dialect;
let store: NodeStore;
beforeEach(async () => {
  dialect = await openTestDatabase();
  store = new NodeStore(dialect);
});
afterEach(() => dialect.close());

const named = (node: string): Identity => ({ node, host: 'h', boot: 'b', namespace: '', pid: 7, processStarted: '1' });

test('rows of processes that are long gone are removed, even if their clock was far ahead', async () => {
  await store.add(named('lives'), 5_000, {});
  await store.add(named('silent'), 1_000, {});
  await store.add(named('ahead'), 99_000, {});
  await store.prune(2_000, 90_000);
  expect((await store.all()).map(({ id }) => id)).toEqual(['lives']);
});
