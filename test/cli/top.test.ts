// `top` beside a site that works, in a process of its own.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import { sharedDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openLiveSite } from '../support/live-site.ts';

test('without a terminal it looks once: counts, what runs, the failures and the processes', {
  timeout: 60_000,
}, async () => {
  const folder = await temporaryFolder();
  const database = await sharedDatabase();
  await writeFile(join(folder, 'jobs.config.mjs'), `export default ${JSON.stringify({ database })};\n`);
  await using site = await openLiveSite({ database });
  const running = new Promise<void>((resolve) => {
    site.jobs.registerProcessor('hold', async (_data, _id, _attempt, { signal }) => {
      resolve();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
  });
  site.jobs.registerProcessor('broken', async () => ({ success: false, error: 'the disk is full', retryable: false }));
  const broken = await site.jobs.addJob({ type: 'broken', data: {} });
  await site.ended(broken.id);
  const { id } = await site.jobs.addJob({ type: 'hold', data: {} });
  await running;

  const plain = await commandLine(folder, ['top']);
  expect(plain).toMatchObject({ code: 0, err: '' });
  const text = plain.out.join('\n');
  expect(text).toContain('processing 1');
  expect(text).toMatch(new RegExp(`^${id.slice(-8)} +hold +1/4`, 'm'));
  expect(text).toMatch(new RegExp(`^${broken.id.slice(-8)} +broken .+the disk is full$`, 'm'));

  const { code, json } = await commandLine(folder, ['top', '--json']);
  expect(code).toBe(0);
  expect(json()).toMatchObject({
    counts: { processing: 1, failed: 1 },
    running: [{ id }],
    failures: [{ id: broken.id }],
    nodes: [{ id: site.jobs.info().node, silent: false }],
  });
  expect(await commandLine(folder, ['top', '--interval', '10ms'])).toMatchObject({ code: 2, out: [] });
});
