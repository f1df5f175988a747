// The preview of templates: its content, the errors of a template, and that nothing in it can run.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import email from './index.ts';

async function start(files: Record<string, string> = {}, config: object = {}) {
  const templates = await mkdtemp(join(tmpdir(), 'pwj-preview-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(templates, name), content);
  const whole = { mailbox: { port: 0 }, templates, ...config };
  const jobs = await createTestJobs({ plugins: { email: { use: email, config: whole } } });
  return {
    jobs,
    async [Symbol.asyncDispose]() {
      await jobs[Symbol.asyncDispose]();
      await rm(templates, { recursive: true, force: true });
    },
  };
}

async function get(jobs: TestJobs, path: string) {
  const answer = await jobs.request(`/plugins/email/preview${path}`);
  return { status: answer.status, text: await answer.text(), csp: answer.headers.get('content-security-policy') ?? '' };
}

test.each(['welcome', 'daily_reminder', 'password_reset', 'weekly_analytics'])(
  'the built-in template %s is shown with its sample, as HTML for mail clients and as text',
  async (name) => {
    await using site = await start();
    const page = await get(site.jobs, `/${name}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain(`sandbox="allow-same-origin" src="${name}/html"`);
    expect(page.csp).not.toMatch(/unsafe|script-src/);
    const { text: html, csp } = await get(site.jobs, `/${name}/html`);
    expect(csp).toMatch(/^sandbox allow-same-origin; default-src 'none'/);
    expect(html).toMatch(/^<!doctype html>/);
    for (const part of [
      'role="presentation"',
      'prefers-color-scheme: dark',
      'max-width:600px',
      '@media (max-width: 480px)',
    ])
      expect(html).toContain(part);
    expect(html).not.toMatch(/<script|<link|<img|\{\{/);
    const { text } = await get(site.jobs, `/${name}/text`);
    expect(text.length).toBeGreaterThan(100);
    expect(text).not.toMatch(/<\/?[a-z]+[ >]|\{\{|&#x/);
  },
);

const own = {
  '_shop.hbs': '<main>{{#if shopName}}{{shopName}}: {{/if}}{{> @partial-block}}{{> _footer}}</main>',
  '_footer.hbs': '<footer>Bye</footer>',
  'order.hbs': 'Subject: Order {{number}}\nLayout: _shop\n\n<p>Thank you for {{number}}</p>',
  'order.json': '{ "number": "<7>" }',
  'order.txt.hbs': 'Order <{{number}}>',
};

test('a custom template uses its own layout, sample and text, and the variables of the site', async () => {
  await using site = await start(own, { variables: { shopName: 'Ours' } });
  expect((await get(site.jobs, '/order/html')).text).toBe(
    '<main>Ours: <p>Thank you for &lt;7&gt;</p><footer>Bye</footer></main>',
  );
  expect((await get(site.jobs, '/order/text')).text).toBe('Order <<7>>');
  expect((await get(site.jobs, '/order')).text).toContain('Order &lt;7&gt;');
  const list = JSON.parse((await get(site.jobs, '')).text) as { templates: { name: string }[] };
  expect(list.templates.find((one) => one.name === 'order')).toEqual({
    name: 'order',
    subject: 'Order {{number}}',
    layout: '_shop',
    sample: true,
    mistakes: [],
  });
});

test.each([
  [{ 'bad.hbs': '\n{{#if x}}' }, 'Parse error on line 2'],
  [{ 'bad.hbs': 'Subject: x\n\n<p>\n{{{x}}}' }, 'line 4: write {{x}}'],
  [{ 'bad.hbs': 'Layout: _nowhere\n\nx' }, 'uses "_nowhere", which is missing or has errors'],
  [{ 'bad.hbs': 'Layout: _broken\n\nx', '_broken.hbs': '{{{@partial-block}}}{{#if' }, 'uses "_broken"'],
  [{ 'bad.hbs': '{{constructor.constructor}}', 'bad.json': '{}' }, 'constructor'],
  [{ 'bad.hbs': '{{__proto__}}', 'bad.json': '{ "__proto__": { "x": 1 } }' }, undefined],
  [{ 'bad.hbs': '{{name}}' }, 'needs the variable "name"; put it into bad.json'],
  [{ 'bad.hbs': '{{name}}', 'bad.json': '{' }, 'The sample bad.json is not a JSON object'],
])('errors in a template are shown, and the others still work (%#)', async (files, message) => {
  await using site = await start(files as unknown as Record<string, string>);
  const { status, text } = await get(site.jobs, '/bad');
  if (message !== undefined) {
    expect(status).toBe(400);
    expect(JSON.parse(text).detail).toContain(message);
  } else expect(text).not.toContain('[object Object]');
  expect((await get(site.jobs, '/welcome')).status).toBe(200);
});

test.each(['/nobody', '/_layout', '/..%2f..%2fetc%2fpasswd/html', '/__proto__', '/welcome.hbs'])(
  '%s is a 404',
  async (path) => {
    await using site = await start();
    expect((await get(site.jobs, path)).status).toBe(404);
  },
);
