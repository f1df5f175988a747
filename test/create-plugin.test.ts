// `npm create phraseworks-plugin`, from its tarball: what it refuses, and that each variant compiles, lints, passes its tests and runs.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules/.bin');
const env: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', JOBS_DATABASE: '' };

const VARIANTS = [['plain-of-24-letters-name'], ['script', '--js']];

/** Holds the unpacked tarball and the plugins; their packages are those of the workspace. */
let folder: string;

const create = (...args: string[]) =>
  run(process.execPath, [join(folder, 'package/src/create.js'), ...args], { cwd: folder });
const refusal = async (...args: string[]): Promise<string> => {
  const failed = await create(...args).catch((error: { code: number; stderr: string }) => error);
  expect(failed).toMatchObject({ code: 1 });
  return failed.stderr;
};

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'create-plugin-')));
  const { stdout } = await run('npm', ['pack', './create-plugin', '--pack-destination', folder], { cwd: root });
  await run('tar', ['-xzf', stdout.trim().split('\n').at(-1) ?? ''], { cwd: folder });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await Promise.all(VARIANTS.map((args) => create(...args)));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('an invalid name or folder is refused in one line that says what is valid', async () => {
  expect(await refusal()).toBe('Give the plugin a name: npm create phraseworks-plugin links\n');
  expect(await refusal('Links')).toMatch(/^A name has at most 24 lower-case letters, .+\n$/);
  expect(await refusal('script')).toBe('The folder script is not empty: choose another name, or empty it first.\n');
  expect(await refusal('links', '--typescript')).toContain('--js');
  const ours = await readdir(join(root, 'plugins'));
  expect(await Promise.all(ours.map((name) => refusal(name)))).toEqual(
    ours.map((name) => `${name} is a plugin of PhraseWorks Jobs: choose another name.\n`),
  );
});

test('an empty folder is filled, and the name may include the prefix of the package', async () => {
  await mkdir(join(folder, 'empty'));
  await create('phraseworks-plugin-empty');
  expect(JSON.parse(await readFile(join(folder, 'empty/package.json'), 'utf8'))).toMatchObject({
    name: 'phraseworks-plugin-empty',
  });
  await rm(join(folder, 'empty'), { recursive: true });
});

test('its packages have the version ranges used in this repository', async () => {
  const read = async (path: string) => JSON.parse(await readFile(path, 'utf8'));
  const { dependencies, devDependencies } = await read(join(root, 'package.json'));
  const { version } = await read(join(root, 'sdk/package.json'));
  const { dependencies: core } = await read(join(root, 'core/package.json'));
  // One major of the driver, whichever this Node can run.
  const driver = dependencies['better-sqlite3'].split(' || ')[Number(process.versions.napi) >= 10 ? 1 : 0];
  const known = { ...core, ...devDependencies, ...dependencies, 'better-sqlite3': driver, kysely: core.kysely };
  const made = await read(join(folder, 'plain-of-24-letters-name/package.json'));
  const ranges = { ...made.dependencies, ...made.peerDependencies, ...made.devDependencies };
  for (const [name, range] of Object.entries(ranges))
    expect([name, range]).toEqual([name, name.includes('phraseworks') ? `^${version}` : known[name]]);
});

test('each variant compiles under its strict TypeScript', async () => {
  const config = {
    extends: './plain-of-24-letters-name/tsconfig.json',
    compilerOptions: { customConditions: ['@phraseworks/source'] },
    include: ['*/src', '*/jobs.config.ts'],
  };
  await writeFile(join(folder, 'tsconfig.all.json'), JSON.stringify(config));
  // The newest compiler, which takes a third of the time: `packages.test.ts` compiles a plugin with the one that it brings.
  const tsc = join(root, 'scripts/typescript-7/node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', 'tsconfig.all.json', '--noEmit', '--listFiles', '--pretty', 'false'];
  const { stdout } = await run(process.execPath, args, { cwd: folder }).catch((error) => error);
  const lines: string[] = stdout.split('\n');
  expect(lines.filter((line) => line.startsWith(folder))).toHaveLength(
    3 * VARIANTS.filter((args) => !args.includes('--js')).length,
  );
  // Only errors of these files: `npm run check` compiles what they import.
  expect(lines.filter((line) => /(^| )error TS/.test(line) && !line.startsWith('..'))).toEqual([]);
});

test('each variant passes the linter and the formatter', async () => {
  const devDependencies = ['**/*.test.*', '**/jobs.config.*'];
  const config = {
    extends: [join(root, 'biome.json')],
    linter: { rules: { correctness: { noUndeclaredDependencies: { level: 'error', options: { devDependencies } } } } },
  };
  await writeFile(join(folder, 'biome.json'), JSON.stringify(config));
  const args = ['check', '--vcs-enabled=false', '--error-on-warnings', ...VARIANTS.map(([name = '']) => name)];
  const checked = run(join(bin, 'biome'), args, { cwd: folder });
  const { stdout, stderr } = await checked.catch((error) => error);
  expect(`${stdout}${stderr}`).toMatch(/^Checked \d+ files in \S+ No fixes applied\.\n$/);
});

test('the tests of each variant pass', async () => {
  const conditions = ['@phraseworks/source', 'node', 'development|production'];
  await writeFile(
    join(folder, 'vitest.config.mjs'),
    `export default ${JSON.stringify({ ssr: { resolve: { conditions } }, resolve: { conditions } })};`,
  );
  const ran = run(
    join(bin, 'vitest'),
    ['run', '--reporter=json', '--no-color', '--pool=threads', '--maxWorkers=1', '--no-isolate'],
    { cwd: folder, env },
  );
  const { stdout, stderr } = await ran.catch((error) => error);
  const { success, testResults } = JSON.parse(stdout);
  expect([success, testResults.length], `${stdout}${stderr}`).toEqual([true, VARIANTS.length]);
});

test('npm run dev completes its example job, and does so again when a file is saved', async () => {
  const cwd = join(folder, 'plain-of-24-letters-name');
  const { scripts } = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8'));
  const [, program = '', rest] = /^tsx watch (\S+) (.+)$/.exec(scripts.dev) ?? [];
  // What this file imports, from the sources; `install.test.ts` runs the file itself.
  expect(await readFile(join(cwd, program), 'utf8')).toContain('/bin/phraseworks-jobs.js');
  const main = join(root, 'cli/src/main.ts');
  // The command itself, since npm would not pass the signal on; from the sources, whatever was built.
  const child = spawn(`exec tsx watch --conditions=@phraseworks/source ${main} ${rest}`, {
    cwd,
    env: { ...env, PORT: '0', PATH: `${bin}${delimiter}${env.PATH}` },
    shell: true,
  });
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await closed;
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const printed = (pattern: RegExp) =>
    vi.waitUntil(() => pattern.test(output), { timeout: 60_000 }).catch(() => expect(output).toMatch(pattern));

  await printed(/letters_name +example +completed .*Hello Ada/);
  // Output that is no terminal may be kept, so it holds no link that signs in.
  expect(output).toMatch(/ Link {2}npx phraseworks-jobs link prints one that signs you in/);
  const file = join(cwd, 'src/index.ts');
  await writeFile(file, (await readFile(file, 'utf8')).replace('Hello', 'Salut'));
  await printed(/letters_name +example +completed .*Salut Ada/);

  child.kill('SIGTERM');
  expect(await closed).toEqual([0, null]);
  expect(await readdir(join(cwd, 'data'))).toContain('dev.db');
});
