// Pages whose server is unreachable, and several pages of one site: they show their state, reconnect by themselves and miss nothing.
import { openAsBlob } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { useChromium } from './browser.ts';
import { photograph } from './photograph.ts';
import { openUploadSite } from './upload-site.ts';

const browser = useChromium();

test('while the server restarts the page shows that it reconnects; then it is live and shows what happened meanwhile', async () => {
  const folder = await temporaryFolder();
  const first = await openUploadSite(folder, 0, { roles: ['web'] });
  const { page } = await browser.open(first.url);
  const state = page.locator('header [role=status]');
  await state.getByText('live', { exact: true }).waitFor();
  const part = page.locator('#hooks');
  await part.getByLabel('Picture').setInputFiles(await photograph(folder));
  await page.locator('#recent li', { hasText: 'pending' }).waitFor();

  await first.stop();
  await state.getByText('reconnecting').waitFor();
  expect(await part.getByLabel('Job').getAttribute('value')).toBe('0');

  await openUploadSite(folder, first.port);
  await state.getByText('live', { exact: true }).waitFor();
  await part.getByRole('img', { name: 'What the job made' }).waitFor();
  await page.locator('#recent li', { hasText: 'completed' }).waitFor();
});

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

test('two tabs follow the same job', async () => {
  const folder = await temporaryFolder();
  const site = await openUploadSite(folder);
  const one = await browser.open(site.url);
  const two = await browser.tab(one, site.url);
  await two.page.locator('header [role=status]').getByText('live', { exact: true }).waitFor();
  await one.page
    .locator('#hooks')
    .getByLabel('Picture')
    .setInputFiles(await photograph(folder));
  for (const { page } of [one, two]) {
    await page.locator('#recent li', { hasText: 'completed' }).waitFor();
    await page.locator('#recent').getByText('0 waiting, 0 running, 1 done, 0 failed').waitFor();
  }
  expect([...one.errors, ...two.errors]).toEqual([]);
});
