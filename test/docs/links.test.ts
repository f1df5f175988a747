// What our pages point at is there: files, headings, commands.
import { existsSync } from 'node:fs';
import { join } from 'node:path/posix';
import { describe, expect, test } from 'vitest';
import { anchorsOf, codesIn, fencesOf, PAGES, proseOf, ROOT, read } from './markdown.ts';

const manifest = (path: string): { scripts?: Record<string, string> } => JSON.parse(read(join(path, 'package.json')));

describe.each(PAGES)('%s', (page) => {
  const folder = join(page, '..');
  const prose = proseOf(page);
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)].map(
    ([, link, image]) => link ?? image ?? '',
  );
  const local = targets.filter((target) => !/^[a-z]+:/.test(target));

  test('links to existing files and headings', () => {
    const broken = local.filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(folder, path);
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !anchorsOf(file).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('names existing npm scripts', () => {
    const code = [
      ...codesIn(prose),
      ...fencesOf(page).flatMap(({ lang, code: text }) => (lang === 'sh' ? [text] : [])),
    ];
    const named = code.flatMap((text) =>
      [...text.matchAll(/\bnpm (?:run )?(start|test|[a-z]+)\b/g)].map(([, script]) => script),
    );
    const scripts = { ...manifest('.').scripts, ...(page.startsWith('examples/') ? manifest(folder).scripts : {}) };
    // `dev` is a script of the plugins that `npm create phraseworks-plugin` writes.
    const others = ['install', 'rebuild', 'pack', 'pkg', 'publish', 'create', 'init', 'dev'];
    const missing = named.filter((name = '') => !others.includes(name) && !Object.hasOwn(scripts, name));
    expect(missing).toEqual([]);
  });
});

test('each page of the docs ends with where to go next, but the first and those that are generated', () => {
  const others = ['README', 'reference', 'routes', 'settings'].map((name) => `docs/${name}.md`);
  const pages = PAGES.filter((page) => page.startsWith('docs/') && !others.includes(page));
  const last = (page: string): string => read(page).trimEnd().split('\n').at(-1) ?? '';
  expect(pages.filter((page) => !last(page).startsWith('Next: '))).toEqual([]);
});
