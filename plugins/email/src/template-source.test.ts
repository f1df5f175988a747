// Templates as files: their names, their subjects, and whose wins.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTemplate, readTemplates } from './template-source.ts';

async function folderWith(files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'pwj-templates-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

test.each([
  ['Subject: Hi {{name}}\n\n<p>x</p>', 'Hi {{name}}', '<p>x</p>'],
  ['Subject:Hi \r\n\r\n<p>x</p>', 'Hi', '<p>x</p>'],
  ['Subject: Hi\n<p>x</p>', 'Hi', '<p>x</p>'],
  ['<p>Subject: x</p>\n', undefined, '<p>Subject: x</p>\n'],
  ['Layout: _layout\nSubject: Hi\n\n<p>x</p>', 'Hi', '{{#> _layout}}<p>x</p>{{/_layout}}'],
  ['Subject:\n<p>x</p>', undefined, 'Subject:\n<p>x</p>'],
])('the subject of %j is %j', (content, subject, body) => {
  const read = readTemplate('t', content);
  expect([read.subject, read.body.trimStart()]).toEqual([subject, body]);
  expect(read.body.split('\n')).toHaveLength(content.split('\n').length);
});

test('a template of the same name replaces the built-in one, and other files are ignored', async () => {
  await using own = await folderWith({ 'welcome.hbs': 'mine', 'order.hbs': 'x', 'notes.txt': 'x' });
  const sources = await readTemplates(own.folder);
  expect([...sources.keys()].sort()).toEqual([
    '_layout',
    'daily_reminder',
    'order',
    'password_reset',
    'weekly_analytics',
    'welcome',
  ]);
  expect(sources.get('welcome')?.body).toBe('mine');
  expect(sources.get('_layout')?.partial).toBe(true);
});

test('a file whose name no job can use is refused by its name', async () => {
  await using own = await folderWith({ 'My Order.hbs': 'x' });
  await expect(readTemplates(own.folder)).rejects.toThrow(
    'the file My Order.hbs must be named with a-z, 0-9, _ and - only',
  );
});
