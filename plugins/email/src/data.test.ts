// The data of a new job: the specification's examples pass, and everything else is refused with its field.
import { parse } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { BAD } from '../test/addresses.ts';
import { emailData, example, summary } from './data.ts';
import { readTemplate, readTemplates } from './template-source.ts';

const sources = await readTemplates();
sources.set('quiet', readTemplate('quiet', 'no subject'));
const schema = emailData(sources);
const check = (data: unknown) => parse(schema, data, 'data');
const ONE_OF = 'must be one of "daily_reminder", "password_reset", "quiet", "weekly_analytics", "welcome"';
const many = (count: number) => Array.from({ length: count }, (_, n) => `a${n}@x.test`);
const text = { to: 'ada@example.com', subject: 'Hello', text: 'Hello' };

test.each([
  [
    {
      to: 'user@example.com',
      subject: 'Welcome to PhraseWorks',
      template: 'welcome',
      variables: { userName: 'John Doe' },
    },
  ],
  [{ template: 'daily_reminder', to: 'user@example.com' }],
  [{ to: ['a@x.test', 'b@x.test'], subject: 'Hi', html: '<p>Hi</p>', replyTo: 'c@x.test' }],
  [{ ...text, html: '<p>Hello</p>' }],
  [{ ...text, to: many(98), cc: 'b@x.test', bcc: ['c@x.test', 'A1@x.test'], category: 'bulk' }],
  [{ ...text, attachments: [{ upload: 'u', name: 'a.pdf', type: 'application/pdf', size: 3, cid: 'a' }] }],
  [example],
])('valid data passes unchanged (%#)', async (data) => {
  expect(await check(data)).toEqual({ ok: true, value: data });
});

test('null counts as omitted for html and text', async () => {
  expect(await check({ ...text, html: null })).toEqual({ ok: true, value: text });
  const html = { to: 'ada@example.com', subject: 'Hello', html: '<p>Hello</p>' };
  expect(await check({ ...html, text: null })).toEqual({ ok: true, value: html });
  expect(await check({ ...text, text: null })).toMatchObject({ ok: false });
});

test.each([
  [{}, 'data.to', 'is required'],
  [{ to: 'a@x.test', subject: 'Hi' }, 'data', 'needs a template, html or text'],
  [{ to: 'a@x.test', template: 'quiet' }, 'data.subject', 'is required'],
  [{ to: 'a@x.test', template: 'nobody' }, 'data.template', ONE_OF],
  [{ to: 'a@x.test', template: '../../etc/passwd' }, 'data.template', ONE_OF],
  [{ ...text, template: 'welcome' }, 'data.template', 'cannot be combined with html or text'],
  [{ ...text, subject: 'Hi\r\nBcc: evil@z.test' }, 'data.subject', 'is not a valid value'],
  [{ ...text, subject: 'x'.repeat(251) }, 'data.subject', 'is too large or too long: at most 250'],
  [{ ...text, to: many(101) }, 'data.to', 'must be 1 to 100 addresses'],
  [
    { ...text, to: many(99), cc: ['b@x.test'], bcc: 'c@x.test' },
    'data',
    'may have at most 100 recipients, including cc and bcc',
  ],
  [{ ...text, to: ['a@x.test', 'b'] }, 'data.to[1]', 'must be one bare e-mail address, such as ada@example.com'],
  [{ ...text, html: { path: '/etc/hostname' } }, 'data.html', 'must be string'],
  [{ ...text, attachments: [{ upload: 'u', path: '/etc/hostname' }] }, 'data.attachments[0]', 'has an unknown key'],
  [{ ...text, headers: { Bcc: 'evil@z.test' } }, 'data', 'has an unknown key'],
  [
    { to: 'a@x.test', template: 'welcome', variables: { userName: () => 'x' } },
    'data.variables',
    'must be plain JSON, at most 5 levels deep and 2000 values in all',
  ],
])('invalid data %# is refused at its field', async (data, path, message) => {
  const outcome = await check(data);
  expect(outcome.ok ? [] : outcome.errors).toContainEqual({ path, message });
});

test('no trick passes as an address, and none is repeated in the answer', async () => {
  for (const trick of BAD) {
    for (const [field, to] of [
      ['to', trick],
      ['to', [trick]],
      ['replyTo', trick],
      ['cc', trick],
      ['bcc', [trick]],
    ] as const) {
      const outcome = await check({ ...text, [field]: to });
      // Omitting an optional field is fine, and a list of valid addresses is not a trick.
      if (trick === undefined && (field === 'replyTo' || field === 'cc')) continue;
      if (Array.isArray(trick) && to === trick && trick[0] === 'a@b.c' && field !== 'replyTo') continue;
      expect(outcome.ok).toBe(false);
      const said = outcome.ok ? '' : JSON.stringify(outcome.errors);
      expect(said).not.toContain('evil');
    }
  }
});

test('a list shows the subject or template and the recipients', () => {
  expect(summary(example)).toBe('welcome -> user@example.com');
  expect(summary({ ...text, to: ['a@x.test', 'b@x.test', 'c@x.test'] })).toBe('Hello -> a@x.test and 2 more');
});
