// Pages about the command line: the start screen, the environment variables, and the log of the supervisor.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { bare, fencesOf, ROOT, read, rowsOf, sectionOf } from '../../test/docs/markdown.ts';
import { loggedLines, sourcesOf } from '../../test/docs/sources.ts';
import { Workshop } from '../../test/docs/workshop.ts';

const END_OF_SCREEN = /phraseworks-jobs link prints/;

/** What differs between two starts: versions, the port, and which schedule is due next. */
const plain = (lines: readonly string[]): string[] =>
  lines
    .map((line) =>
      line
        .replace(/localhost:\d+/g, 'localhost')
        .replace(/(Node|SQLite) [\d.]+/g, '$1')
        .replace(/next: \w+ at \d{4}-[\dT:.-]+Z$/, 'next: ')
        .trimEnd(),
    )
    // The link is for terminals; elsewhere a line names the command that prints one.
    .filter((line) => line !== '' && !/ is taken: this is |^ Link |signs you in/.test(line));

/** The screen that `npm start` shows in an empty folder, without the demo. */
async function startScreen(): Promise<string[]> {
  await using shop = await Workshop.open();
  await mkdir(join(shop.folder, 'data/demo'), { recursive: true });
  await writeFile(join(shop.folder, 'data/demo/done'), '');
  const flags = ['--import', import.meta.resolve('tsx'), '--conditions=@phraseworks/source', join(ROOT, 'main.ts')];
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json') };
  const child = spawn(process.execPath, flags, { cwd: shop.folder, env });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (END_OF_SCREEN.test(line)) break;
  }
  child.stdout.resume();
  child.kill('SIGTERM');
  await exited;
  return lines;
}

test('the start screen in docs/operations.md is that of npm start, and README shows the end of it', async () => {
  const screenOf = (page: string): string[] => {
    const shown = (fencesOf(page).find(({ lang }) => lang === 'text')?.code ?? '').split('\n');
    return shown.slice(0, shown.findIndex((line) => END_OF_SCREEN.test(line)) + 1);
  };
  const [whole, end] = [screenOf('docs/operations.md'), screenOf('README.md')];
  expect(plain(whole)).toEqual(plain(await startScreen()));
  expect(end).toEqual(whole.slice(-end.length));
});

test('exactly the environment variables that are read are listed', () => {
  const sources = ['core/src', 'cli/src'].flatMap(sourcesOf);
  const variables = sources.flatMap((path) =>
    [...read(path).matchAll(/[eE]nv(?:\(\))?\.([A-Z][A-Z_]+)\b/g)].map(([, name]) => name),
  );
  const listed = rowsOf(sectionOf('docs/configuration.md', 'Environment')).map(([name]) => bare(name));
  expect(listed.sort()).toEqual([...new Set(variables), 'JOBS_<PLUGIN>__<FIELD>'].sort());
});

test('exactly the lines that the command line logs are explained', () => {
  const explained = rowsOf(sectionOf('docs/operations.md', 'Worker processes')).map(
    ([line, level]) => `${level} ${bare(line)}`,
  );
  const logged = loggedLines('cli/src').map(({ line, level }) => `${level} ${line}`);
  expect(explained.sort()).toEqual(logged.sort());
});
