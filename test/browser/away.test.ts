// A page without a network: it shows its state, reconnects by itself and misses nothing.
import { openAsBlob } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { useChromium } from './browser.ts';
import { photograph } from './photograph.ts';
import { openUploadSite } from './upload-site.ts';

const browser = useChromium();

test('the page shows that it is offline, and is live again with the network', async () => {
  const folder = await temporaryFolder();
  const site = await openUploadSite(folder);
  const { page, context } = await browser.open(site.url);
  const state = page.locator('header [role=status]');
  await state.getByText('live', { exact: true }).waitFor();
  await context.setOffline(true);
  site.cut();
  await state.getByText('reconnecting').waitFor();
  const form = new FormData();
  form.set('job', JSON.stringify({ type: 'image_process', data: { operations: [{ type: 'resize', width: 100 }] } }));
  form.set('data.file', await openAsBlob(await photograph(folder)), 'harbour.jpg');
  const added = await fetch(`${site.url}jobs/api/jobs`, { method: 'POST', body: form });
  expect(added.status).toBe(201);
  await context.setOffline(false);
  await state.getByText('live', { exact: true }).waitFor();
  await page.locator('#recent li', { hasText: 'completed' }).waitFor();
});
