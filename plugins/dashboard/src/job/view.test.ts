// A plugin's view of its job, and its panels: each part is independent.
import type { Block } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { addressesIn, BASE, openSite } from '../../test/site.ts';

const jobWith = async (view: () => Block[], called: string[] = []) => {
  const site = await openSite({ view, called });
  const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada', result: { box: '/plugins/mail/box' } } });
  await site.jobs.idle();
  return { site, id };
};

test('every kind of block is rendered, those of one kind next to each other', async () => {
  const { site, id } = await jobWith(() => [
    { type: 'text', tone: 'good', text: 'Verified.' },
    { type: 'stat', label: 'rows', value: 1_234 },
    { type: 'stat', label: 'size', value: '2 MB' },
    { type: 'link', text: 'Open it', href: '/plugins/mail/1' },
    { type: 'link', text: 'Elsewhere', href: 'javascript:alert(1)' },
    { type: 'image', src: '/plugins/mail/a.png', alt: 'before', caption: 'Before' },
    { type: 'image', src: 'data:image/png;base64,AA', alt: 'after' },
    { type: 'list', items: ['one', 2, null] },
    { type: 'frame', src: '/plugins/mail/1/html', title: 'The mail' },
    { type: 'frame', src: 'https://tracker.example/', title: 'Elsewhere' },
  ]);
  await using _ = site;
  const html = await site.html(`/job/${id}`);
  expect(html).toContain('<p class="note good">Verified.</p>');
  expect(html).toContain('<dd>1,234</dd></div><div><dt>Size</dt>');
  expect(html).toContain(`<p class="places"><a href="${BASE}/plugins/mail/1">Open it</a><span>Elsewhere</span></p>`);
  expect(html).toContain('</figcaption></figure><figure><img src="data:image/png;base64,AA" alt="after"');
  expect(html).toContain('<ul class="items"><li>one</li><li>2</li><li><span class="faint">-</span></li></ul>');
  expect(html).toContain(
    `<iframe class="frame" sandbox="allow-same-origin" src="${BASE}/plugins/mail/1/html" title="The mail"`,
  );
  expect(html).not.toContain('tracker.example');
  expect(html).not.toContain('Open box');
});

test('non-administrators see no link that would be refused, and no broken picture', async () => {
  const { site, id } = await jobWith(() => [
    { type: 'link', text: 'Open it', href: '/plugins/mail/1' },
    { type: 'link', text: 'Look', href: '/plugins/mail/public/1' },
    { type: 'image', src: '/plugins/mail/a.png', alt: 'a picture' },
    { type: 'frame', src: '/plugins/mail/1/html', title: 'The mail' },
    { type: 'action', label: 'Do it', post: '/empty' },
  ]);
  await using _ = site;
  const html = await site.html(`/job/${id}`, 'user');
  expect(html).toContain('<span>Open it</span>');
  expect(html).toContain(`<a href="${BASE}/plugins/mail/public/1">Look</a>`);
  expect(html).toContain('Picture not found: a picture');
  expect(html).not.toContain('<iframe');
  expect(html).not.toContain('Do it');
});

test('its actions work, whether addressed from the plugin or from the mount point, and no others', async () => {
  const called: string[] = [];
  const blocks: Block[] = [
    { type: 'action', label: 'One', post: '/empty' },
    { type: 'action', label: 'Two', post: '/plugins/mail/empty' },
  ];
  const { site, id } = await jobWith(() => blocks, called);
  await using _ = site;
  const acts = addressesIn(await site.html(`/job/${id}`)).filter((to) => to.includes('post='));
  for (const act of acts) {
    const answer = await site.submit(act.slice(BASE.length));
    expect(answer.headers.get('location')).toBe(`${BASE}/job/${id}?notice=panel`);
  }
  expect(called).toEqual(['/empty', '/empty']);
  blocks.length = 0;
  const answer = await site.submit(acts[0]?.slice(BASE.length) ?? '');
  expect(answer.headers.get('location')).toBe(`${BASE}/job/${id}?refused=NOT_FOUND`);
});

test.each<[string, () => Block[]]>([
  [
    'throws',
    () => {
      throw new Error('CANARY');
    },
  ],
  ['answers nonsense', () => ({ no: 'CANARY' }) as never],
  ['answers a block that there is not', () => [{ type: 'script', text: 'CANARY' }] as never],
])('a view or a panel that %s says so, and nothing else is affected', async (_name, view) => {
  await using site = await openSite({ view, panel: view });
  const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
  await site.jobs.idle();
  const page = await site.get(`/job/${id}`);
  const html = await page.text();
  expect(page.status).toBe(200);
  expect(html).toContain('<p class="note bad">The plugin could not render its view:');
  expect(html).toContain('<details class="attempt"');
  const panel = await site.get('/panels/mail/box');
  const text = await panel.text();
  expect(panel.status).toBe(500);
  expect(text).toContain('<h1>Mailbox</h1>');
  expect(text).toContain('could not render');
  expect(html + text).not.toContain('CANARY');
});
