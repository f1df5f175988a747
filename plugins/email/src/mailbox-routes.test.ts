// The routes of the local mailbox: a mail can be read in the browser, and nothing in it can act.
import type { NewJob } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { testApp } from '../test/app.ts';
import { manualClock, openDatabase } from '../test/database.ts';
import { showIn } from './document.ts';
import { addMailboxRoutes } from './mailbox-routes.ts';
import { createMessages } from './messages.ts';
import { mailboxPanel } from './panel.ts';

const EVIL = '<script>alert(1)</script>';
const SOURCE = [
  'From: "Evil </title><script>alert(1)</script>" <evil@z.test>',
  'To: ada@example.test',
  'Subject: =?utf-8?B?PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==?=',
  'Message-ID: <019b76da-a800-7001-b65a-0c2e6f1d9a11.1@z.test>',
  `X-Trick: "><img src=x onerror=alert(1)>`,
  'MIME-Version: 1.0',
  'Content-Type: multipart/alternative; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  '',
  `</pre>${EVIL}`,
  '--b',
  'Content-Type: text/html; charset=utf-8',
  '',
  `<h1>Hi</h1>${EVIL}<form action="https://evil.test"><input></form>`,
  '--b--',
  '',
].join('\r\n');

const MAIL = 'https://cms.example/jobs/plugins/email/mailbox/m1';

const LOCAL = { host: '127.0.0.1', port: 2525, secure: false };

async function start({ local = true, source = SOURCE } = {}) {
  const db = await openDatabase();
  const clock = manualClock();
  const messages = createMessages(db, clock, 10, () => 'm1');
  const added: NewJob[] = [];
  const routes = testApp();
  const addJob = async (job: NewJob) => {
    added.push(job);
    return { id: 'job-1' };
  };
  const openMailbox = async () => (local ? LOCAL : null);
  addMailboxRoutes(
    { routes, clock, addJob: addJob as never },
    { messages, openMailbox, show: showIn({ frame: undefined }) },
  );
  await messages.add({
    message_id: '<019b76da-a800-7001-b65a-0c2e6f1d9a11.1@z.test>',
    sender: 'evil@z.test',
    recipient: 'ada@example.test',
    subject: EVIL,
    source: Buffer.from(source),
  });
  const get = async (path: string) => {
    const answer = await routes.request(path);
    return {
      status: answer.status,
      text: await answer.text(),
      csp: answer.headers.get('content-security-policy') ?? '',
    };
  };
  return { routes, get, added, panel: mailboxPanel(messages, clock, openMailbox) };
}

test('the page of a mail contains no script, whatever the mail contains, and its policy allows none', async () => {
  const { get } = await start();
  const { status, text, csp } = await get('/mailbox/m1');
  expect(status).toBe(200);
  expect(text).not.toMatch(/<script|<img/i);
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(text).toContain('sandbox="allow-same-origin" src="m1/html"');
  expect(text).toContain('href="m1/raw"');
  expect(csp).toContain("default-src 'none'");
  expect(csp).not.toMatch(/script-src|unsafe/);
});

test('the page of a mail leads to its job', async () => {
  const { get } = await start();
  const { text } = await get('/mailbox/m1');
  const links = [...text.matchAll(/href="(\.\.[^"]*)"/g)].map(([, href]) => new URL(href ?? '', MAIL).pathname);
  expect(links).toEqual(['/jobs/job/019b76da-a800-7001-b65a-0c2e6f1d9a11']);
});

test('the HTML of a mail is served in a sandbox without scripts, forms or network', async () => {
  const { get } = await start();
  const { text, csp } = await get('/mailbox/m1/html');
  expect(text).toContain('<h1>Hi</h1>');
  expect(csp).toMatch(/^sandbox allow-same-origin; default-src 'none'/);
  expect(csp).not.toMatch(/allow-(?!same-origin)|script-src|https?:|\*/);
  expect(csp).toContain("form-action 'none'");
});

test('the source is plain text, byte for byte', async () => {
  const { routes, get } = await start();
  expect((await get('/mailbox/m1/raw')).text).toBe(SOURCE);
  const { headers } = await routes.request('/mailbox/m1/raw');
  expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('a mail without HTML has a page without a frame, and its HTML address shows the text', async () => {
  const { get } = await start({ source: 'Subject: x\r\n\r\nonly text\r\n' });
  expect((await get('/mailbox/m1')).text).not.toContain('<iframe');
  expect((await get('/mailbox/m1/html')).text).toContain('>only text');
});

test('an unknown mail is a 404', async () => {
  const { get } = await start();
  for (const path of ['/mailbox/x', '/mailbox/x/html', '/mailbox/x/raw', '/mailbox/%27%20or%201=1']) {
    expect((await get(path)).status).toBe(404);
  }
});

test('a test mail is a normal job', async () => {
  const { routes, added } = await start();
  const answer = await routes.request('/test', { method: 'POST', body: '{"to":"ada@example.test"}' });
  expect([answer.status, await answer.json()]).toEqual([202, { jobId: 'job-1' }]);
  expect((await routes.request('/test', { method: 'POST' })).status).toBe(202);
  expect(added.map((job) => job.data.to)).toEqual(['ada@example.test', 'you@localhost']);
});

test('a test mail without an address is refused', async () => {
  const { routes, added } = await start({ local: false });
  for (const body of ['', '{', 'null', '{"to":"a@b.c, d@e.f"}', '{"to":["a@b.c"]}']) {
    expect((await routes.request('/test', { method: 'POST', body })).status).toBe(400);
  }
  expect(added).toEqual([]);
});

test('the panel links each mail and its job, and offers a test mail, asking for the address if mail is really delivered', async () => {
  const [text, table, action] = await (await start()).panel.data({ page: 1 });
  expect(text).toMatchObject({ type: 'text', text: expect.stringContaining('smtp://127.0.0.1:2525') });
  expect(table).toMatchObject({
    type: 'table',
    rows: [
      [
        '2026-11-25T09:00:00.000Z',
        'ada@example.test',
        { text: EVIL, href: '/plugins/email/mailbox/m1' },
        'evil@z.test',
        SOURCE.length,
        '019b76da-a800-7001-b65a-0c2e6f1d9a11',
      ],
    ],
  });
  expect(action).toEqual({ type: 'action', label: 'Send a test mail', post: '/test' });
  const [, , form] = await (await start({ local: false })).panel.data({ page: 1 });
  expect(form).toMatchObject({ type: 'form', post: '/test', schema: { required: ['to'] } });
});
