// `node bench/dist/judge.js COMMIT`: does this state take more of the processor for a job than that commit? Fails where it takes 7 % more in most pairs.
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Judged } from './judged.ts';
import { measure } from './measure.ts';
import { median } from './measured.ts';
import { inFolder } from './sqlite-section.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAIRS = 5;
/** Above the medians of pairs of one state, which were up to 1.055 in the few runs so far. */
const LIMIT = 1.07;
/** This share of the pairs must say so. */
const AGREE = 0.8;

const run = (program: string, args: readonly string[], cwd: string): Buffer =>
  execFileSync(program, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1e9 });

/** The commit's core in a folder of its own, built as ours is. */
function build(commit: string, folder: string): string {
  mkdirSync(folder);
  execFileSync('tar', ['x'], { cwd: folder, input: run('git', ['archive', commit], ROOT) });
  const lock = (root: string): string => readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (lock(folder) === lock(ROOT)) linkLibraries(folder);
  else run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], folder);
  const tsc = join(ROOT, 'scripts/typescript-7/node_modules/typescript/bin/tsc');
  run(process.execPath, [tsc, '-b', 'core/tsconfig.build.json'], folder);
  return join(folder, 'core');
}

/** The same libraries as ours; links to packages of this repository lead to those of the commit. */
function linkLibraries(folder: string): void {
  const link = (from: string, to: string): void => {
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from)) {
      const path = join(from, name);
      if (name === '@phraseworks') link(path, join(to, name));
      else symlinkSync(lstatSync(path).isSymbolicLink() ? readlinkSync(path) : path, join(to, name));
    }
  };
  for (const one of ['.', 'core', 'sdk', 'plugins/api', 'plugins/files']) {
    const from = join(ROOT, one, 'node_modules');
    if (existsSync(from)) link(from, join(folder, one, 'node_modules'));
  }
}

/** Which of the two is first in a process is changed from pair to pair. */
async function pair(n: number, base: string, folder: string): Promise<Judged[]> {
  const ours = join(ROOT, 'core');
  const cores = n % 2 === 0 ? [base, ours] : [ours, base];
  const place = join(folder, `pair-${n}`);
  mkdirSync(place);
  const judged = await measure<Judged[]>('judged', [place, ...cores], { execArgv: ['--expose-gc'] });
  if (n % 2 === 0) return judged;
  return judged.map(({ name, first, second, ratio }) => ({ name, first: second, second: first, ratio: 1 / ratio }));
}

const middle = (pairs: readonly Judged[][], n: number, of: 'first' | 'second' | 'ratio'): number =>
  median(pairs.map((one) => one[n]?.[of] as number)) as number;

function isSlower(pairs: readonly Judged[][], n: number): boolean {
  const agree = pairs.filter((one) => (one[n]?.ratio as number) > 1).length;
  return middle(pairs, n, 'ratio') > LIMIT && agree >= AGREE * pairs.length;
}

const change = (ratio: number): string => `${ratio >= 1 ? '+' : ''}${((ratio - 1) * 100).toFixed(1)} %`;

const [commit = ''] = process.argv.slice(2);
await inFolder(join(ROOT, 'data'), async (folder) => {
  const base = build(commit, join(folder, 'base'));
  const pairs: Judged[][] = [];
  const measurePairs = async (): Promise<void> => {
    for (let n = 0; n < PAIRS; n += 1) pairs.push(await pair(pairs.length, base, folder));
  };
  await measurePairs();
  const cases = (pairs[0] ?? []).map(({ name }) => name);
  // Who is suspected is measured as often again, and judged by all of it.
  if (cases.some((_, n) => isSlower(pairs, n))) await measurePairs();
  for (const [n, name] of cases.entries()) {
    const row = [
      name.padEnd(14),
      `${middle(pairs, n, 'first').toFixed(1).padStart(7)} us before`,
      `${middle(pairs, n, 'second').toFixed(1).padStart(7)} us now`,
      change(middle(pairs, n, 'ratio')).padStart(8),
      `(${pairs.map((one) => change(one[n]?.ratio as number)).join(', ')})`,
    ];
    process.stdout.write(`${row.join('  ')}${isSlower(pairs, n) ? '  SLOWER' : ''}\n`);
    if (isSlower(pairs, n)) process.exitCode = 1;
  }
});
