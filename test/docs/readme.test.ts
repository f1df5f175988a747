// README.md: its jobs are those of the demo, and it stays short. The functions, which docs/hosts.md lists, are those of the SDK.
import { expect, test } from 'vitest';
import { codesIn, fencesOf, read, sectionOf } from './markdown.ts';
import { membersOf } from './sources.ts';

const PAGE = 'README.md';
const END_OF_SCREEN = /signs you in once/;

const shown = (fencesOf(PAGE).find(({ lang }) => lang === 'text')?.code ?? '').split('\n');
const endOfScreen = shown.findIndex((line) => END_OF_SCREEN.test(line));

test('the listed jobs are those that the demo adds', () => {
  const demo = read('examples/demo/jobs.ts');
  const jobs = shown
    .slice(endOfScreen + 1)
    .flatMap((line) => /^ {2}\w+ {2,}(.+?) +(?:retry|completed)/.exec(line)?.[1] ?? []);
  expect(new Set(jobs).size).toBe(7);
  for (const what of jobs) expect(demo).toContain(`'${what}'`);
});

test('the listed functions are those of the SDK', () => {
  const list = sectionOf('docs/hosts.md', 'The functions').split('All of them: ')[1] ?? '';
  const functions = [...membersOf('sdk/src/jobs-api.ts', 'JobsApi'), ...membersOf('sdk/src/hooks.ts', 'HooksApi')];
  // An overload is one more signature of the same function.
  expect(codesIn(list).sort()).toEqual([...new Set(functions)].sort());
});

test('a plugin has 11 lines, and the page stays short', () => {
  const [plugin] = fencesOf(PAGE).filter(({ lang }) => lang === 'ts');
  expect(plugin?.code.trimEnd().split('\n')).toHaveLength(11);
  expect(read(PAGE).split('\n').length).toBeLessThanOrEqual(120);
});
