// The layout of every page: visible sections, the search box, notices, and the data for the script.
import { describe, expect, test } from 'vitest';
import { openSite } from '../test/site.ts';

const part = (html: string, tag: string): string => new RegExp(`<${tag}[ >].*?</${tag}>`, 's').exec(html)?.[0] ?? '';

describe('the navigation', () => {
  test('leaves out what the user may not use', async () => {
    await using site = await openSite();
    const nav = part(await site.html('/', 'user'), 'nav');
    expect(nav).not.toContain('/log"');
    expect(nav).toContain('/nodes"');
  });
});

describe('the notice of an action', () => {
  test.each([
    ['notice=job.cancel', 'role="status"><p class="notice">Job cancelled.</p>'],
    ['refused=QUEUE_FULL', 'role="alert"><p class="notice refused">Nothing changed: the queue is full'],
    ['refused=anything', 'It may not have been done: check before you try again.'],
    ['refused=UNAVAILABLE', 'It may not have been done: check before you try again.'],
    [
      'notice=chosen&step=retry&done=49&left=1&why=VETOED',
      '49 jobs queued again. 1 job skipped: a plugin rejected it.',
    ],
    ['notice=chosen&step=delete&done=1200&left=0', '1,200 jobs deleted.</p>'],
  ])('%s is announced', async (query, expected) => {
    await using site = await openSite();
    expect(await site.html(`/?${query}`)).toContain(expected);
  });

  test.each(['notice=__proto__', 'notice=chosen&step=constructor&done=1', 'notice=you+won'])(
    'cannot be made up by an address: %s',
    async (query) => {
      await using site = await openSite();
      expect(await site.html(`/?${query}`)).toContain('<div id="notice" role="status"></div>');
    },
  );
});

test('the script knows which events change a page', async () => {
  await using site = await openSite();
  const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
  const follows = (html: string) => /<main[^>]* data-follows="([^"]*)"/.exec(html)?.[1]?.replaceAll('&quot;', '"');
  expect(follows(await site.html('/'))).toBe('{}');
  expect(follows(await site.html('/?type=mail'))).toBe('{"types":["mail"]}');
  expect(follows(await site.html(`/job/${id}`))).toBe(`{"jobs":["${id}"]}`);
  expect(follows(await site.html('/job/none'))).toBeUndefined();
});

test('a page has the theme that was chosen, and asks for one file before its first paint', async () => {
  await using site = await openSite();
  const page = async (theme: string) =>
    (await site.get('/', 'admin', { cookie: `phraseworks-jobs-theme=${theme}` })).text();
  expect(await page('dark')).toContain('<html lang="en" data-theme="dark">');
  expect(await page('"><b')).toContain('<html lang="en">');
  const head = part(await page('light'), 'head');
  expect(head.match(/<(?:link|script) [^>]*(?:href|src)="\/[^>]*>/g)).toEqual([
    expect.stringMatching(/^<link rel="stylesheet"/),
    expect.stringMatching(/^<script type="module"/),
  ]);
});
