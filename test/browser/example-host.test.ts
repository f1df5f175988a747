// The example unchanged, in its own process, as `npm start` in its folder runs it.
import { expect, test } from 'vitest';
import { startHost } from '../../examples/host-process.ts';
import { useChromium } from './browser.ts';

const browser = useChromium();

/** One red pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

test('a picture is uploaded and shown from its folder, nothing else is served, and a signal stops the host', async () => {
  await using host = await startHost(new URL('../../examples/react-upload/server.ts', import.meta.url));
  const { page, errors } = await browser.open(host.url);
  const buffer = Buffer.from(PIXEL, 'base64');
  await page.getByLabel('Picture').setInputFiles({ name: 'red.png', mimeType: 'image/png', buffer });
  const picture = page.getByRole('img', { name: 'What the job made' });
  const address = await picture.getAttribute('src');
  const shown = await fetch(new URL(address ?? '', host.url));
  expect(shown.status).toBe(200);
  expect(shown.headers.get('content-type')).toBe('image/webp');
  expect(shown.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
  for (const path of ['pictures/../jobs.db', 'pictures/%2e%2e/jobs.db', 'pictures/', 'pictures/none.webp']) {
    expect((await fetch(new URL(path, host.url))).status).toBe(404);
  }
  expect(errors).toEqual([]);
  expect(await host.stop()).toBe(0);
});
