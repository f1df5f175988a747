// The ledger between processes: each receives the commits of the others, in one order for all.
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { OpenedStore } from '../../../test/suites/store/opened.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { openTestDatabase } from '../../test/core-kit.ts';

test('a commit succeeds when the read after it fails: the missed events are delivered with the next commit', async () => {
  const folder = await temporaryFolder();
  const open = async () => {
    const store = new OpenedStore(await openTestDatabase(join(folder, 'jobs.db')));
    onTestFinished(() => store.dialect.close());
    await store.ledger.feed.start();
    return store;
  };
  const [a, b] = [await open(), await open()];
  const ids = [(await b.add()).id];
  const { read } = a.dialect;
  a.dialect.read = () => Promise.reject(new Error('cannot be read now'));
  ids.push((await a.add()).id);
  expect(a.events).toEqual([]);
  a.dialect.read = read;
  ids.push((await a.add()).id);
  expect(a.events.map(({ jobId }) => jobId)).toEqual(ids);
});
