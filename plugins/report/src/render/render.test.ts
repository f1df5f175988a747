// A report as page, mail, text and CSV: complete in each, and harmless whatever a value holds.
import { expect, test } from 'vitest';
import { MONDAY, seededReport } from '../../test/report.ts';
import { pictures } from '../chart/png.ts';
import type { Report, Table } from '../content/model.ts';
import { csvCell, toCsv } from './csv.ts';
import { toHtml } from './html.ts';
import { textTable, toText, wrap } from './text.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const report = await seededReport();
const charts = report.sections.flatMap((section) => section.charts ?? []);
const EVIL = '<img src=x onerror=alert(1)>"\'&=1+1\u0000';

/** The same with this in the place of every text. */
function filled<T>(value: T): T {
  if (typeof value === 'string') return EVIL as T;
  if (Array.isArray(value)) return value.map(filled) as T;
  if (typeof value !== 'object' || value === null) return value;
  const fixed = ['kind', 'tone', 'align', 'direction', 'verdict'];
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, fixed.includes(key) ? one : filled(one)]),
  ) as T;
}
const evil: Report = filled(report);

test('the headline summarises the report', () => {
  expect(report.headline).toBe(
    '1,308 jobs completed, 14 % more than the week before. 19 failed, 7 of them with "refused for the recipient: 550 5.1.1 no such mailbox here".',
  );
  expect(report.sections.map(({ title }) => title)).toEqual([
    ...['Jobs', 'Failures and retries', 'Waiting and running', 'Slowest jobs', 'Plugins and site', 'Disk'],
  ]);
});

test('a day is drawn by hour, a month by day, and a period without jobs says so', async () => {
  const day = await seededReport('day', MONDAY - 4 * 86_400_000);
  expect(day.sections[0]?.charts?.[0]).toMatchObject({ title: 'Jobs per hour', labels: { length: 24 } });
  const month = await seededReport('month', MONDAY + 10 * 86_400_000);
  expect(month.sections[0]?.charts?.[0]?.labels).toHaveLength(30);
  const empty = await seededReport('week', MONDAY - 50 * 86_400_000);
  expect(empty).toMatchObject({
    empty: true,
    tiles: [],
    headline: 'Nothing happened: 21 to 27 September 2026 had no jobs.',
  });
  expect(empty.note).toContain('Figures are kept since Tuesday, 20 October 2026.');
});

test('without the plugin metrics a report says what it lacks, and has the rest', async () => {
  const bare = await seededReport('week', MONDAY, false);
  expect(bare).toMatchObject({ empty: false, tiles: [], headline: 'This report has no figures of jobs.' });
  expect(bare.note).toContain('the plugin metrics, which is off');
  expect(bare.sections.map(({ title }) => title)).toEqual(['Plugins and site', 'Disk']);
  for (const text of [toHtml(bare), toText(bare)]) expect(text).toContain('This report has no figures of jobs.');
});

test('each chart of the page has a title, a description, and its numbers as a table', () => {
  const html = toHtml(report);
  expect(charts).toHaveLength(3);
  expect(html.match(/<svg role="img"/g)).toHaveLength(3);
  for (const [index, { title }] of charts.entries()) {
    expect(html).toContain(`aria-labelledby="chart-${index + 1}-t chart-${index + 1}-d"`);
    expect(html).toContain(`<title id="chart-${index + 1}-t">${title}</title>`);
  }
  expect(html.match(/<details/g)).toHaveLength(3);
  expect(html).toContain('prefers-color-scheme:dark');
  expect(html).toContain('<span aria-hidden="true">\u25b2</span> 50 %, worse');
});

test('a mail has its pictures attached, or its tables open without pictures', async () => {
  const drawn = await pictures(charts, 'job', log);
  expect(drawn.map(({ cid }) => cid)).toEqual(['job.1@report', 'job.2@report', 'job.3@report']);
  for (const { content } of drawn) {
    expect(Buffer.from(content.subarray(0, 4)).toString('latin1')).toBe('\u0089PNG');
    expect(content.byteLength).toBeLessThan(30_000);
  }
  const mail = toHtml(report, { cids: drawn.map(({ cid }) => cid) });
  expect(mail).not.toContain('<svg');
  expect(mail.match(/<img src="cid:job\.\d@report" alt="[^"]{20,}"/g)).toHaveLength(3);
  expect(mail.length).toBeLessThan(102_000);
  const plain = toHtml(report, { cids: [] });
  expect(plain).not.toContain('<img');
  expect(plain.match(/<details[^>]* open>/g)).toHaveLength(3);
});

test('no text becomes markup, and nothing is loaded from elsewhere', () => {
  for (const html of [toHtml(evil), toHtml(evil, { cids: ['a"><script>', 'b', 'c'] })]) {
    expect(html).not.toMatch(/<script|<img src=x|onerror=alert\(1\)>"/);
    expect(html).not.toContain('\u0000');
    expect(html).not.toMatch(/(?:src|href)="(?!cid:)|url\(|@import|https?:/);
    expect(html).toContain('&lt;img src=x');
  }
});

test('the text version has all tables in lines of 76 characters', () => {
  const text = toText(report);
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(76);
  for (const { title } of report.sections) expect(text).toContain(title.toUpperCase());
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('a'.repeat(10), 4)).toEqual(['aaaa', 'aaaa', 'aa']);
  const narrow: Table = {
    caption: '',
    columns: [
      { label: 'Reason', align: 'left' },
      { label: 'n', align: 'right' },
    ],
    rows: [[{ text: 'word '.repeat(30) }, { text: '7' }]],
  };
  expect(textTable(narrow)[2]).toMatch(/^(word ){13}word +7$/);
});

test.each([
  ['=1+1', "'=1+1"],
  ['+49 30', "'+49 30"],
  ['-2', "'-2"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['  =cmd', "'  =cmd"],
  ['\t=cmd', '"\'\t=cmd"'],
  ['a,b', '"a,b"'],
  ['say "yes"', '"say ""yes"""'],
  ['two\nlines', '"two\nlines"'],
  [-2, '-2'],
  [1.5, '1.5'],
])('the cell %j is written as %j', (value, written) => expect(csvCell(value)).toBe(written));

test('CSV contains the plain numbers of both periods', () => {
  const csv = toCsv(report);
  expect(csv).toMatch(/\r\nType,Completed,"Completed, before",Failed,Retries,Cancelled\r\nemail,844,725,14,18,3\r\n/);
  expect(csv).toContain('\r\nBytes saved,418000000,371000000\r\n');
  for (const line of toCsv(evil).split('\r\n')) expect(line).not.toMatch(/^[=+@-]/);
});
