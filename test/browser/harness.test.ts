// The harness itself: pages as they are asked for, and what goes wrong on them is heard.
import { expect, test } from 'vitest';
import { useChromium } from './browser.ts';
import { wrongOn } from './every-page.ts';

const browser = useChromium();

const page = (body: string): string => `data:text/html,<!doctype html><title>A page</title>${encodeURIComponent(body)}`;

test('a page has the size and the colours it was asked for', async () => {
  const visit = await browser.open(page('<p>here</p>'), { width: 360, dark: true });
  expect(await visit.page.evaluate('innerWidth')).toBe(360);
  expect(await visit.page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(true);
  expect(await visit.page.textContent('p')).toBe('here');
});

test('an error that nobody caught is kept, and without JavaScript there is none', async () => {
  const wrong = page('<script>throw new Error("wrong here")</script>');
  expect((await browser.open(wrong)).errors).toEqual(['wrong here']);
  expect((await browser.open(wrong, { javaScript: false })).errors).toEqual([]);
});

test('a picture that says nothing to those who cannot see it is found', async () => {
  const visit = await browser.open(page('<main><h1>Here</h1><img src="data:," width="9"></main>'));
  expect(await wrongOn(visit)).toContain('image-alt at img');
});
