// Several processes on one file: each sees the changes of the others at its next check.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let folder: string;
let web: CoreKit;
let worker: CoreKit;
let ran: unknown[];
const open = () => openCore({ path: join(folder, 'jobs.db') });
beforeEach(async () => {
  folder = await temporaryFolder();
  ran = [];
  web = await open();
  worker = await open();
  worker.register('t', async (data) => void ran.push(data));
  worker.core.startListening();
  await worker.core.startWorker();
  await worker.idle();
});
afterEach(async () => {
  await worker.close();
  await web.close();
});

test('a job added by a process that does not know its type runs in one that does', async () => {
  const id = await web.add({ type: 't', data: 'unknown there' });
  expect(await web.state(id)).toBe('ready');
  await worker.clock.advance(500);
  await worker.idle();
  expect(ran).toEqual(['unknown there']);
});

test('a failed check is logged, and the next one follows', async () => {
  const { changedElsewhere } = worker.dialect;
  worker.dialect.changedElsewhere = () => Promise.reject(new Error('cannot be read now'));
  web.register('t', async () => {});
  await web.add({ type: 't', data: 1 });
  await worker.clock.advance(1_500);
  expect(worker.logged.filter((line) => line.includes('Cannot check for changes in the database'))).toHaveLength(3);
  worker.dialect.changedElsewhere = changedElsewhere;
  await worker.clock.advance(500);
  await worker.idle();
  expect(ran).toEqual([1]);
});
