// Text from jobs and plugins never becomes markup.

import { type Block, discard } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { describe, expect, test } from 'vitest';
import { openSite } from '../test/site.ts';
import dashboard from './index.ts';

const EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>\'';

const isClean = (html: string): void => {
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;');
  expect(html).not.toMatch(
    /<img src=x|<script(?!(?: type="module")? src="\/admin\/jobs\/assets\/dashboard-)|href="javascript/,
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
  const html = await site.html(`/?notice=${evil}&refused=${evil}&live=${evil}`);
  expect(html).not.toMatch(/<img|<script(?!(?: type="module")? src="\/admin\/jobs\/assets\/dashboard-)/);
});

test('markup and unsafe links in a panel are shown as text', async () => {
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

describe('characters that hide or reverse the text around them', () => {
  const HOSTILE = 'invoice\u202egnp.exe\u0000\u0007\u200b\u2066';
  const hidden = /\p{Cc}|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;
  const blocks: Block[] = [
    { type: 'stat', label: HOSTILE, value: HOSTILE },
    { type: 'text', text: HOSTILE, tone: 'bad' },
    { type: 'link', text: HOSTILE, href: '/plugins/mail/x' },
    { type: 'list', items: [HOSTILE, { text: HOSTILE, href: 'https://a.example/' }] },
    { type: 'table', columns: [HOSTILE], rows: [[HOSTILE], [{ text: HOSTILE, href: '/x' }]] },
    { type: 'image', src: '/x', alt: HOSTILE, caption: HOSTILE },
    { type: 'frame', src: '/x', title: HOSTILE },
    { type: 'action', label: HOSTILE, post: '/x', confirm: HOSTILE },
  ];

  test('are escaped in data, results, errors, logs, receipts, views and panels', async () => {
    await using site = await openSite({ panel: () => blocks, view: () => blocks });
    const data = {
      [HOSTILE]: HOSTILE,
      to: HOSTILE,
      log: HOSTILE,
      once: 'a\u202eb',
      result: { at: `/plugins/mail/${HOSTILE}` },
    };
    const done = await site.jobs.addJob({ type: 'mail', data });
    const failed = await site.jobs.addJob({ type: 'mail', data: { ...data, fail: HOSTILE } });
    await site.jobs.idle();
    for (const path of ['/', `/job/${done.id}`, `/job/${failed.id}`, `/job/${failed.id}/edit`, '/panels/mail/box']) {
      const html = (await site.html(path)).replaceAll('\n', '');
      expect(html, path).not.toMatch(hidden);
      expect(html, path).toContain('invoice\\u202egnp.exe');
    }
  });

  test('are escaped in names of people, reasons, bulk errors and schedules', async () => {
    await using jobs = await createTestJobs({
      authorize: () => ({ user: HOSTILE }),
      plugins: { dashboard: { use: dashboard } },
    });
    jobs.registerProcessor('note', async () => discard(`${HOSTILE} file_name`));
    const note = { type: 'note', data: { to: HOSTILE } };
    const { id } = await jobs.addJob(note);
    await jobs.idle();
    await jobs.scheduleJob({ name: 'round', schedule: '0 9 * * *', jobData: note });
    const pause = JSON.stringify({ kind: 'type', name: 'note' });
    const headers = { 'content-type': 'application/json' };
    await jobs.request('/api/pauses', { method: 'POST', body: pause, headers });
    for (const path of ['', `/job/${id}`, '/log', '/schedule/round', '/schedules']) {
      const html = (await (await jobs.request(path)).text()).replaceAll('\n', '');
      expect(html, path).not.toMatch(hidden);
      expect(html, path).toContain('invoice\\u202egnp.exe');
      if (path === '' || path.startsWith('/job')) expect(html, path).toContain('file_name');
    }
  });

  test('texts of 100 kB are cut', async () => {
    const long = 'x'.repeat(100_000);
    const view = (): Block[] => [{ type: 'text', text: long }];
    await using site = await openSite({ view, panel: view });
    const job = { type: 'mail', data: { to: long, fail: long } };
    const { id } = await site.jobs.addJob(job);
    await site.jobs.idle();
    expect((await site.html(`/job/${id}`)).length).toBeLessThan(80_000);
    expect((await site.html('/panels/mail/box')).length).toBeLessThan(30_000);
    expect((await site.html('/')).length).toBeLessThan(30_000);
  });
});
