// README.md: its start screen is the real one, its functions are those of the SDK, and it stays short.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { codesIn, fencesOf, ROOT, read, sectionOf } from './markdown.ts';
import { membersOf } from './sources.ts';
import { Workshop } from './workshop.ts';

const PAGE = 'README.md';
const END_OF_SCREEN = /signs you in once/;

/** What differs between two starts: versions, the port, and which schedule is due next. */
const plain = (lines: readonly string[]): string[] =>
  lines
    .map((line) =>
      line
        .replace(/localhost:\d+/g, 'localhost')
        .replace(/code=[\w-]{43}$/, 'code=')
        .replace(/(Node|SQLite) [\d.]+/g, '$1')
        .replace(/next: \w+ at \d{4}-[\dT:.-]+Z$/, 'next: ')
        .trimEnd(),
    )
    .filter((line) => line !== '' && !line.includes(' is taken: this is '));

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

const shown = (fencesOf(PAGE).find(({ lang }) => lang === 'text')?.code ?? '').split('\n');
const endOfScreen = shown.findIndex((line) => END_OF_SCREEN.test(line));

test('the start screen is the one of npm start', async () => {
  expect(plain(shown.slice(0, endOfScreen + 1))).toEqual(plain(await startScreen()));
});

test('the jobs of the demo are those that the demo adds', () => {
  const demo = read('examples/demo/jobs.ts');
  const jobs = shown
    .slice(endOfScreen + 1)
    .flatMap((line) => /^ {2}\w+ {2,}(.+?) +(?:retry|completed)/.exec(line)?.[1] ?? []);
  expect(new Set(jobs).size).toBe(7);
  for (const what of jobs) expect(demo).toContain(`'${what}'`);
});

test('the functions are all that the SDK has', () => {
  const list = sectionOf(PAGE, 'The functions').split('All of them: ')[1] ?? '';
  const functions = [...membersOf('sdk/src/jobs-api.ts', 'JobsApi'), ...membersOf('sdk/src/hooks.ts', 'HooksApi')];
  // An overload is one more signature of the same function.
  expect(codesIn(list).sort()).toEqual([...new Set(functions)].sort());
});

test('a plugin has 15 lines, and the page stays short', () => {
  const [plugin] = fencesOf(PAGE).filter(({ mark }) => mark.includes('greeter'));
  expect(plugin?.code.trimEnd().split('\n')).toHaveLength(15);
  expect(read(PAGE).split('\n').length).toBeLessThanOrEqual(163);
});
