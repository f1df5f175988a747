// docs/hosts.md: it names every member of what createJobs() returns, and its hosts stay short.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codesIn, ROOT, read, rowsOf, sectionOf } from './markdown.ts';
import { membersOf } from './sources.ts';

const PAGE = 'docs/hosts.md';

test('each member returned by createJobs() is explained', () => {
  const rows = rowsOf(sectionOf(PAGE, 'What createJobs() returns'));
  const named = rows.flatMap(([member]) => codesIn(member ?? '').map((code) => code.split('(')[0]));
  expect(named.sort()).toEqual(membersOf('core/src/jobs-host.ts', 'JobsHost').sort());
});

test('each example host has at most 30 lines, and the page names it', () => {
  const page = read(PAGE);
  const hosts = readdirSync(join(ROOT, 'examples/hosts')).filter((file) => /\.js$/.test(file) && file !== 'site.js');
  for (const file of hosts) {
    expect(read(`examples/hosts/${file}`).trimEnd().split('\n').length, file).toBeLessThanOrEqual(30);
    expect(page).toContain(`../examples/hosts/${file}`);
  }
});
