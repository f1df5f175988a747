// The data of a job, and file names that stay in their folder.
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Schema } from '@phraseworks/sdk';
import { parseNow } from '@phraseworks/sdk/host';
import { expect, onTestFinished, test } from 'vitest';
import { createStorage } from '../../files/src/storage.ts';
import { checkSections } from './content/model.ts';
import { type ReportData, reportData, summary } from './data.ts';
import { Files, stemOf } from './files.ts';
import { createTypes } from './report-types.ts';

const schema = reportData(createTypes().names) as Schema<unknown, ReportData>;
const wrong = (data: object) => {
  const outcome = parseNow(schema, { type: 'weekly_analytics', ...data }, 'data');
  if (outcome instanceof Promise) throw new Error('not at once');
  return outcome.ok ? [] : outcome.errors.map(({ path }) => path);
};

test.each([
  {},
  { recipients: ['admin@example.com'] },
  { recipients: [], at: '2026-11-23', period: 'current', format: 'csv' },
  { recipients: ['user@localhost'], at: '2026-11-23T09:00:00+01:00', format: ['csv', 'text'] },
])('%j is valid', (data) => expect(wrong(data)).toEqual([]));

test.each([
  [{ type: '../../etc' }, 'data.type'],
  [{ recipients: ['Ada <ada@example.com>'] }, 'data.recipients[0]'],
  [{ recipients: ['a@example.com\r\nBcc: b@example.com'] }, 'data.recipients[0]'],
  [{ recipients: ['a@example.com', 'A@example.com'] }, 'data.recipients'],
  [{ at: '2026-02-30' }, 'data.at'],
  [{ at: '2026-11-23T09:00' }, 'data.at'],
  [{ format: 'docx' }, 'data.format'],
  [{ from: 'me@example.com' }, 'data'],
])('%j is refused with its path', (data, path) => expect(wrong(data)).toEqual([path]));

test('a list shows type and recipients in one line', () => {
  expect(summary({ type: 'daily_summary' })).toBe('daily_summary');
  expect(summary({ type: 'daily_summary', recipients: ['a@b.c', 'd@e.f', 'g@h.i'] })).toBe(
    'daily_summary -> a@b.c and 2 more',
  );
});

const filesIn = (folder: string) => new Files(createStorage({}, Date).open('reports', { folder }));

async function folder() {
  const made = await mkdtemp(join(tmpdir(), 'pwj-report-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

test('no name leads outside the folder', async () => {
  const files = filesIn(await folder());
  for (const name of ['../x.html', '/etc/passwd', 'a/b.html', 'a.html\0', '.html', 'a.sh', 'a..html', 'A.html']) {
    await expect(files.write(name, 'x'), name).rejects.toThrow('not the name of a report');
    await expect(files.read(name), name).rejects.toThrow('not the name of a report');
    await files.remove(name);
  }
  expect(stemOf('weekly_analytics', '2026-11-16', '../../0193C2F0-7b1e-7000-8000-3f2a1c9d0e4b')).toBe(
    'weekly_analytics-2026-11-16-3f2a1c9d0e4b',
  );
});

test('an unusable folder is an error with a code, can be retried, and keeps no partial file', async () => {
  const place = await folder();
  await writeFile(join(place, 'file'), '');
  await expect(filesIn(join(place, 'file')).write('a.html', 'x')).rejects.toMatchObject({
    code: 'FOLDER_UNUSABLE',
    retryable: true,
  });
  const files = filesIn(place);
  await symlink('/dev/full', join(place, 'full'));
  await expect(files.write('b.html', undefined as never)).rejects.toBeDefined();
  expect((await readdir(place)).sort()).toEqual(['file', 'full']);
});

test('sections of other plugins are checked, and the first error is reported with its path', () => {
  const table = { caption: '', columns: [{ label: 'a', align: 'left' }], rows: [[{ text: 'x' }]] };
  expect(checkSections([{ title: 'Fine', table, note: undefined }])).toEqual([{ title: 'Fine', table }]);
  expect(() => checkSections('nonsense')).toThrow(/not valid$/);
  expect(() => checkSections([{ title: 'a', table: { ...table, rows: [[{ text: 7 }]] } }])).toThrow(
    'not valid at 0.table.rows.0.0.text',
  );
});

test('a type of report can be registered once, and only if valid', () => {
  const types = createTypes();
  const sales = { type: 'sales', title: 'Sales', every: 'week' as const };
  const dispose = types.register(sales);
  expect(() => types.register(sales)).toThrow('a report of this type already exists');
  void dispose();
  expect(types.find('sales')).toBeUndefined();
  for (const bad of [
    { type: 'Sales' },
    { title: '' },
    { every: 'year' },
    { sections: 7 },
    { type: 'weekly_analytics' },
  ]) {
    expect(() => types.register({ ...sales, ...bad } as never), JSON.stringify(bad)).toThrow();
  }
});
