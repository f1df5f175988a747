// The code on our pages: taken from a file of the repository, or run, or at least compiled.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fencesOf, PAGES, ROOT, read } from './markdown.ts';
import { Workshop } from './workshop.ts';

const fences = PAGES.filter((page) => !page.startsWith('plugins/')).flatMap(fencesOf);
const where = ({ page, line }: { page: string; line: number }): string => `${page}:${line}`;
const marked = (mark: string) => fences.filter((fence) => fence.mark.startsWith(mark));

/** What the pages take as given: files next to theirs, and globals of a browser or a host. */
const AROUND = {
  'book.ts': 'export default async () => ({ success: true }) as const;\n',
  'around.d.ts': [
    'declare const token: string;',
    'declare const tabId: string;',
    'declare const location: { href: string };',
    'declare const updateJobUI: (jobId: string, status: string, result: unknown) => void;',
    'declare const WebSocket: new (address: URL) => { onmessage: (message: { data: string }) => void };',
  ].join('\n'),
};

describe('code with file=', () => {
  test.each(marked('file=').map((fence) => [where(fence), fence] as const))('%s matches the file', (_, fence) => {
    expect(read(fence.mark.slice('file='.length))).toContain(fence.code);
  });
});

describe('code with run', () => {
  test.each(marked('run').map((fence) => [where(fence), fence] as const))('%s prints its output', async (_, fence) => {
    await using shop = await Workshop.open();
    const name = `page.${fence.lang}`;
    await shop.write(name, fence.code);
    const { code, output } = await shop.node(name);
    const said = [...fence.code.matchAll(/\/\/> (.*)$/gm)].map(([, line]) => line);
    expect(code, output).toBe(0);
    expect(output.trim().split('\n')).toEqual(said);
  });
});

test('all other TypeScript compiles', { timeout: 120_000 }, async () => {
  await using shop = await Workshop.open();
  for (const [name, text] of Object.entries(AROUND)) await shop.write(name, text);
  const own = fences.filter(({ lang, mark }) => lang === 'ts' && mark === '');
  for (const fence of own) {
    const name = `${fence.page.replace(/\W/g, '-')}-${fence.line}.ts`;
    await shop.write(name, `${fence.code}\nexport {};\n`);
  }
  const config = { extends: join(ROOT, 'tsconfig.json'), include: ['*.ts'], compilerOptions: { types: ['node'] } };
  await shop.write('tsconfig.json', JSON.stringify(config));
  // The newest compiler, as `npm run check`: it takes a third of the time.
  const tsc = join(ROOT, 'scripts/typescript-7/node_modules/typescript/bin/tsc');
  const { output } = await shop.run(process.execPath, [tsc, '-p', '.']);
  expect(output).toBe('');
});

test('JavaScript has file= or run, and JSON is valid', () => {
  const loose = fences.filter(({ lang, mark }) => lang === 'js' && mark === '');
  expect(loose.map(where)).toEqual([]);
  for (const { lang, code } of fences) if (lang === 'json') JSON.parse(code);
});
