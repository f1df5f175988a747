// Two processes with different plugins on one database: neither touches jobs that only the other can run.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let folder: string;
let mailer: CoreKit;
let shop: CoreKit;
beforeEach(async () => {
  folder = await temporaryFolder();
  mailer = await openCore({ path: join(folder, 'jobs.db'), queue: { maxConcurrentJobs: 1 } });
  mailer.register('mail', () => new Promise(() => {}), { concurrency: 1 }, 'mail');
  await mailer.core.startWorker();
  shop = await openCore({ path: join(folder, 'jobs.db') });
  shop.core.registry.setOwner('mail', 'mail');
  shop.register('order', async () => {}, {}, 'shop');
  await shop.core.startWorker();
});
afterEach(async () => {
  await shop.close();
  await mailer.close();
});

test('a job rescued by a process without its type returns to its own lane', async () => {
  const runs = await mailer.add({ type: 'mail', data: 1 });
  await mailer.idle();
  await shop.clock.advance(30_001);
  await shop.core.crashes.check();
  expect(await shop.row(runs)).toMatchObject({ lane: 'mail/mail', crashes: 1, node: mailer.core.identity.node });
});
