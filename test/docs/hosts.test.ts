// docs/hosts.md names every example host, and these stay short.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, read } from './markdown.ts';

const PAGE = 'docs/hosts.md';

test('each example host has at most 30 lines, and the page names it', () => {
  const page = read(PAGE);
  const hosts = readdirSync(join(ROOT, 'examples/hosts')).filter((file) => /\.js$/.test(file) && file !== 'site.js');
  for (const file of hosts) {
    expect(read(`examples/hosts/${file}`).trimEnd().split('\n').length, file).toBeLessThanOrEqual(30);
    expect(page).toContain(`../examples/hosts/${file}`);
  }
});
