// The packages as published: each packs, is well formed, and works in a plain JavaScript host.
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SDK_VERSION } from '@phraseworks/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { packagesOf } from '../scripts/packages.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const read = async (path: string) => JSON.parse(await readFile(join(root, path), 'utf8'));

/** Those that a site enables by name; the one of the CMS is made by a function. */
const plugins = (await readdir(join(root, 'plugins'))).filter((name) => name !== 'phraseworks');
const folders = packagesOf(root);

test('all packages have the version of the SDK', async () => {
  const versions = await Promise.all(folders.map(async (folder) => (await read(`${folder}/package.json`)).version));
  expect(new Set(versions)).toEqual(new Set([SDK_VERSION]));
});

test('all packages depend on each other by a range', async () => {
  for (const folder of folders) {
    const { dependencies, peerDependencies } = await read(`${folder}/package.json`);
    const own = Object.entries({ ...dependencies, ...peerDependencies }).filter(([name]) =>
      name.startsWith('@phraseworks/'),
    );
    for (const [name, range] of own) expect([folder, name, range]).toEqual([folder, name, `^${SDK_VERSION}`]);
  }
});

test('each tarball has a README and the licence', async () => {
  const licence = await readFile(join(root, 'LICENSE'), 'utf8');
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', ...folders.map((folder) => `./${folder}`)];
  const packed: { name: string; files: { path: string }[] }[] = JSON.parse(
    (await run('npm', args, { cwd: root })).stdout,
  );
  expect(packed).toHaveLength(folders.length);
  for (const { name, files } of packed)
    expect([name, ...files.map(({ path }) => path)]).toEqual(expect.arrayContaining([name, 'README.md', 'LICENSE']));
  for (const folder of folders) expect(await readFile(join(root, folder, 'LICENSE'), 'utf8')).toBe(licence);
});

describe('a packed package', () => {
  const asked = process.env.JOBS_TEST_CI === '1';
  let host: string;
  const tarballs = new Map<string, string>();

  beforeEach(({ skip }) => skip(!asked, 'needs npm run build and the registry: set JOBS_TEST_CI=1'));

  beforeAll(async () => {
    if (!asked) return;
    host = await mkdtemp(join(tmpdir(), 'plain-host-'));
    for (const folder of folders) {
      const { name, version } = await read(`${folder}/package.json`);
      tarballs.set(name, join(host, `${name.slice(1).replace('/', '-')}-${version}.tgz`));
    }
    await run('npm', ['pack', ...folders.map((folder) => `./${folder}`), '--pack-destination', host], { cwd: root });
    const { dependencies, allowScripts } = await read('package.json');
    const manifest = {
      private: true,
      allowScripts,
      dependencies: {
        ...Object.fromEntries([...tarballs].map(([name, path]) => [name, `file:${path}`])),
        'better-sqlite3': dependencies['better-sqlite3'],
        hono: dependencies.hono,
        // The newest that the packages allow; npm chooses an older one on Node 20, as the workspace does.
        kysely: (await read('sdk/package.json')).peerDependencies.kysely.split('|| ')[1],
        // The older major; the workspace has the newer one.
        vitest: (await read('testing/package.json')).peerDependencies.vitest.split(' ||')[0],
      },
    };
    await writeFile(join(host, 'package.json'), JSON.stringify(manifest));
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: host });
    await copyFile(join(root, 'test/plain-host.mjs'), join(host, 'plain-host.mjs'));
  }, 300_000);

  afterAll(() => asked && rm(host, { recursive: true, force: true }));

  test('runs jobs in a plain JavaScript host, with every plugin on', { timeout: 60_000 }, async () => {
    const { stdout } = await run(process.execPath, ['plain-host.mjs', ...plugins], { cwd: host });
    const { result, mail, states } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(result).toBe('Hello Ada');
    expect(mail).toBe('completed ');
    expect(states).toEqual(Object.fromEntries([...plugins, 'greeter'].map((name) => [name, 'on'])));
  });

  test('has types that a strict host can check, declarations included', { timeout: 120_000 }, async () => {
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
    const strict = ['--strict', '--checkJs', '--skipLibCheck', 'false', '--module', 'nodenext', '--target', 'es2023'];
    await run(...bin('typescript/bin/tsc', '--noEmit', ...strict, ...types, 'plain-host.mjs'), { cwd: host });
  });

  test('builds and tests a plugin of npm create phraseworks-plugin', { timeout: 120_000 }, async () => {
    const create = join(root, 'create-plugin/src/create.js');
    await run(process.execPath, [create, 'made', '--with', 'schedule,route,table,panel'], { cwd: host });
    const cwd = join(host, 'made');
    const types = ['--typeRoots', join(root, 'node_modules/@types')];
    await run(...bin('typescript/bin/tsc', ...types), { cwd });
    await run(...bin('typescript/bin/tsc', '-p', 'tsconfig.build.json', ...types), { cwd });
    expect((await readdir(join(cwd, 'dist'))).sort()).toEqual(['index.d.ts', 'index.js']);
    // The site's own copy, which is the one that the kit imports.
    await run(process.execPath, [join(host, 'node_modules/vitest/vitest.mjs'), 'run'], { cwd });
  });

  test.each(folders)('of %s is well formed for publint', async (folder) => {
    await run(...bin('publint/src/cli.js', 'run', await tarball(folder), '--strict'));
  });

  test.each(folders)('of %s has types that every ESM import finds', { timeout: 60_000 }, async (folder) => {
    await run(...bin('@arethetypeswrong/cli/dist/index.js', await tarball(folder), '--profile', 'esm-only'));
  });

  const bin = (script: string, ...args: string[]): [string, string[]] => [
    process.execPath,
    [join(root, 'node_modules', script), ...args],
  ];
  const tarball = async (folder: string): Promise<string> => {
    const { name } = await read(`${folder}/package.json`);
    return tarballs.get(name) ?? '';
  };
});

test('an install brings only packages that the lock file holds', async () => {
  const { packages } = await read('package-lock.json');
  expect(packages['node_modules/better-sqlite3-13']).toMatchObject({
    version: '13.2.0',
    integrity: expect.any(String),
  });
  const { scripts } = await read('package.json');
  const [, script] = /^node (\S+)$/.exec(scripts.postinstall) ?? [];
  expect(await readFile(join(root, String(script)), 'utf8')).not.toMatch(/child_process|fetch\(|node:https?/);
});
