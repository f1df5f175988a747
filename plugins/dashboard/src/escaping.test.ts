// What jobs and plugins bring is text: none of it becomes markup.
import type { Block } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { openSite } from '../test/site.ts';

const EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>\'';

const isClean = (html: string): void => {
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;');
  expect(html).not.toMatch(
    /<img src=x|<script(?! type="module" src="\/admin\/jobs\/assets\/dashboard-)|href="javascript/,
  );
};

test('markup in data, errors, logs and results is shown as text', async () => {
  await using site = await openSite();
  const { id } = await site.jobs.addJob({ type: 'mail', data: { to: EVIL, log: EVIL } });
  const failed = await site.jobs.addJob({ type: 'mail', data: { to: 'ada', [EVIL]: 1, fail: EVIL } });
  await site.jobs.idle();
  isClean(await site.html('/'));
  isClean(await site.html(`/job/${id}`));
  isClean(await site.html(`/job/${failed.id}`));
});

test('markup in the address is shown as text', async () => {
  await using site = await openSite();
  const evil = encodeURIComponent(EVIL);
  isClean(await site.html(`/?q=${evil}&type=${evil}`));
  const html = await site.html(`/?said=${evil}&refused=${evil}&live=${evil}`);
  expect(html).not.toMatch(/<img|<script(?! type="module" src="\/admin\/jobs\/assets\/dashboard-)/);
});

test('markup and strange links in a panel are shown as text', async () => {
  const blocks: Block[] = [
    { type: 'stat', label: EVIL, value: EVIL },
    { type: 'text', text: EVIL },
    { type: 'table', columns: [EVIL], rows: [[{ text: EVIL, href: 'javascript:alert(1)' }], [EVIL], [null], [7]] },
    { type: 'image', src: 'https://tracker.example/x.gif', alt: EVIL },
    { type: 'action', label: EVIL, post: `/${EVIL}`, confirm: EVIL },
  ];
  await using site = await openSite({ panel: () => blocks });
  const html = await site.html('/panels/mail/box');
  isClean(html);
  expect(html).not.toContain('tracker.example');
});
