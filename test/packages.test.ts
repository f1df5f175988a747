// The packages as published: each packs, is well formed, and works in a plain JavaScript host.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SDK_VERSION } from '@phraseworks/sdk';
import { OWN_PLUGINS } from '@phraseworks/sdk/host';
import { publint } from 'publint';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { packagesOf } from '../scripts/packages.ts';
import { fencesOf, PAGES, read as readPage } from './docs/markdown.ts';
import { folderInMemory } from './server/memory.ts';
import { Steps } from './support/steps.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const read = async (path: string) => JSON.parse(await readFile(join(root, path), 'utf8'));

/** Those that a site enables by name; the one of the CMS is made by a function. */
const plugins = (await readdir(join(root, 'plugins'))).filter((name) => name !== 'phraseworks');
const folders = packagesOf(root);
const ours: string[] = await Promise.all(folders.map(async (folder) => (await read(`${folder}/package.json`)).name));

test('all packages have the version of the SDK', async () => {
  const versions = await Promise.all(folders.map(async (folder) => (await read(`${folder}/package.json`)).version));
  expect(new Set(versions)).toEqual(new Set([SDK_VERSION]));
});

test('hints know which plugins are of this repository', async () => {
  expect((await readdir(join(root, 'plugins'))).sort()).toEqual(OWN_PLUGINS);
});

test('each command that people type is that of one package, and no two packages pack to one file', async () => {
  const manifests = await Promise.all([...folders, 'create-plugin'].map((folder) => read(`${folder}/package.json`)));
  const commands = manifests.flatMap(({ name, bin = {} }) => Object.keys(bin).map((command) => [command, name]));
  expect(Object.fromEntries(commands)).toEqual({
    'phraseworks-jobs': '@phraseworks/cli',
    'create-phraseworks-plugin': 'create-phraseworks-plugin',
  });
  const files = manifests.map(({ name }) => name.replace('@', '').replace('/', '-'));
  expect([...new Set(files)]).toEqual(files);
});

test('pages tell people to run and install only packages of this repository, and libraries that it uses', async () => {
  const { packages } = await read('package-lock.json');
  const isKnown = (name: string): boolean =>
    [...ours, 'create-phraseworks-plugin'].includes(name) ||
    (!name.includes('phraseworks') && `node_modules/${name}` in packages);
  const unknown: string[] = [];
  for (const page of PAGES.filter((path) => path !== 'CHANGELOG.md')) {
    const text = readPage(page);
    const run = [...text.matchAll(/\bnpx (?:--\S+ )*([@\w/.-]+)/g)].map(([, name = '']) =>
      name === 'phraseworks-jobs' ? '@phraseworks/cli' : name,
    );
    const made = [...text.matchAll(/\bnpm (?:create|init) ([@a-z][\w/.-]*)/g)].map(([, name]) => `create-${name}`);
    const added = [...text.matchAll(/\bnpm install ((?:[@a-z-][\w/@.-]* ?)+)/g)].flatMap(([, names = '']) =>
      names
        .split(' ')
        .filter((name) => /^[@a-z]/.test(name))
        .map((name) => name.replace(/(?<=.)@[\d.]+$/, '')),
    );
    unknown.push(...[...run, ...made, ...added].filter((name) => !isKnown(name)).map((name) => `${page}: ${name}`));
  }
  expect(unknown).toEqual([]);
});

test('all packages depend on each other by a range', async () => {
  for (const folder of folders) {
    const { dependencies, peerDependencies } = await read(`${folder}/package.json`);
    const own = Object.entries({ ...dependencies, ...peerDependencies }).filter(([name]) => ours.includes(name));
    for (const [name, range] of own) expect([folder, name, range]).toEqual([folder, name, `^${SDK_VERSION}`]);
  }
});

const asked = process.env.JOBS_TEST_CI === '1';
/** Holds the tarballs, and a host that has installed them. */
const host = await mkdtemp(join(folderInMemory(), 'plain-host-'));
afterAll(() => rm(host, { recursive: true, force: true }));

interface Packed {
  name: string;
  filename: string;
  files: { path: string }[];
}

/** Once for all tests; without the files unless they are asked for. */
let packing: Promise<Map<string, Packed>> | undefined;
const packed = () => (packing ??= pack());

async function pack(): Promise<Map<string, Packed>> {
  const to = join(host, 'packed');
  await mkdir(to);
  const how = asked ? ['--pack-destination', to] : ['--dry-run', '--ignore-scripts'];
  const { stdout } = await run('npm', ['pack', '--json', ...how, ...folders.map((folder) => `./${folder}`)], {
    cwd: root,
  });
  const made: Packed[] = JSON.parse(stdout);
  return new Map(
    made.map((one) => [one.name, { ...one, filename: join(to, one.filename.replace('@', '').replace('/', '-')) }]),
  );
}

test('each tarball has a README and the licence', { timeout: 120_000 }, async () => {
  const licence = await readFile(join(root, 'LICENSE'), 'utf8');
  const made = await packed();
  expect([...made.keys()].sort()).toEqual([...ours].sort());
  for (const { name, files } of made.values())
    expect([name, ...files.map(({ path }) => path)]).toEqual(expect.arrayContaining([name, 'README.md', 'LICENSE']));
  for (const folder of folders) expect(await readFile(join(root, folder, 'LICENSE'), 'utf8')).toBe(licence);
});

describe('a packed package', () => {
  beforeEach(({ skip }) => skip(!asked, 'needs npm run build and the registry: set JOBS_TEST_CI=1'));

  beforeAll(async () => {
    if (!asked) return;
    const tarballs = [...(await packed()).values()];
    const { dependencies, devDependencies, allowScripts } = await read('package.json');
    const manifest = {
      private: true,
      allowScripts,
      dependencies: {
        ...Object.fromEntries(tarballs.map(({ name, filename }) => [name, `file:${filename}`])),
        'better-sqlite3': dependencies['better-sqlite3'],
        hono: dependencies.hono,
        tsx: dependencies.tsx,
        typescript: devDependencies.typescript,
        '@types/node': devDependencies['@types/node'],
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

  test('runs jobs in a plain JavaScript host, with every plugin on', { timeout: 60_000 }, async () => {
    const { stdout } = await run(process.execPath, ['plain-host.mjs', ...plugins], { cwd: host });
    const { result, mail, states } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(result).toBe('Hello Ada');
    expect(mail).toBe('completed ');
    expect(states).toEqual(Object.fromEntries([...plugins, 'greeter'].map((name) => [name, 'on'])));
  });

  test.concurrent('has types that a strict host can check, declarations included', { timeout: 120_000 }, async () => {
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
    const strict = ['--strict', '--checkJs', '--skipLibCheck', 'false', '--module', 'nodenext', '--target', 'es2023'];
    // The newest compiler, as `npm run check`: it takes a third of the time.
    const tsc = join(root, 'scripts/typescript-7/node_modules/typescript/bin/tsc');
    await run(process.execPath, [tsc, '--noEmit', ...strict, ...types, 'plain-host.mjs'], { cwd: host });
  });

  test.concurrent('the plugin without a package of docs/write-a-plugin.md runs in a folder after npm init -y, whatever its type is', {
    timeout: 240_000,
  }, async () => {
    const cwd = await mkdtemp(join(host, 'first-'));
    await run('npm', ['init', '-y'], { cwd });
    const manifest = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8'));
    const [plugin, config] = fencesOf('docs/write-a-plugin.md').filter(
      ({ lang, mark }) => lang === 'ts' && mark === '',
    );
    await mkdir(join(cwd, 'plugins'));
    await writeFile(join(cwd, 'plugins/links.ts'), plugin?.code ?? '');
    await writeFile(join(cwd, 'jobs.config.ts'), config?.code ?? '');
    const command = join(host, 'node_modules/@phraseworks/cli/bin/phraseworks-jobs.js');
    const jobs = (...args: string[]) =>
      run(process.execPath, [command, ...args], { cwd, env: { ...process.env, PORT: '0' } });
    const as = (type: string | undefined) =>
      writeFile(join(cwd, 'package.json'), JSON.stringify({ ...manifest, type }));
    // A step for each type, since each step loads all of it.
    await as('commonjs');
    expect((await jobs('migrate')).stdout).toContain('The tables are up to date.');
    await as('module');
    expect((await jobs('add', 'check_link', '{"url":"https://example.com/"}')).stdout).toContain('check_link');
    await as(undefined);
    await expect(jobs('add', 'check_link', '{"url":"example"}')).rejects.toMatchObject({
      stderr: 'data.url is not a valid url\n',
    });
  });

  test('docs/write-a-plugin.md leads from an empty folder to a packed plugin in a second site, command by command', {
    timeout: 240_000,
  }, async () => {
    await using steps = await Steps.open(host);
    const fences = fencesOf('docs/write-a-plugin.md');
    for (const { lang, mark, code } of fences) {
      if (mark.startsWith('as=')) await steps.write(mark.slice('as='.length), code);
      else if (lang === 'sh') await steps.run(code, mark);
    }
    expect(steps.said('npm test')).toMatch(/Tests {2}\d+ passed/);
    expect(steps.said('npm run dev')).toMatch(/reading_time {3}example +completed .* 6 words, 1 min/);
    expect(steps.said('npx phraseworks-jobs list')).toMatch(/reading_time +pending/);
    await expect(steps.run(`npx phraseworks-jobs add reading_time '{"text":""}'`)).rejects.toMatchObject({
      stderr: fences
        .find(({ code }) => code.includes('at least'))
        ?.code.split('\n')
        .slice(1)
        .join('\n'),
    });
  });

  test('is well formed for publint', { timeout: 60_000 }, async () => {
    for (const { name, filename } of (await packed()).values()) {
      const { messages } = await publint({ pack: { tarball: await bytesOf(filename) }, strict: true });
      expect([name, messages]).toEqual([name, []]);
    }
  });

  test('has types that every ESM import finds', { timeout: 120_000 }, async () => {
    // Its entry for development is TypeScript.
    const entry = join(root, 'node_modules/@arethetypeswrong/core/dist/index.js');
    const { checkPackage, createPackageFromTarballData }: typeof import('@arethetypeswrong/core') = await import(entry);
    for (const { name, filename } of (await packed()).values()) {
      const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await bytesOf(filename))));
      const problems = analysis.types === false ? ['no types'] : analysis.problems.filter(concernsModules);
      expect([name, problems]).toEqual([name, []]);
    }
  });

  const concernsModules = (problem: object): boolean =>
    !('resolutionKind' in problem && ['node10', 'node16-cjs'].includes(String(problem.resolutionKind)));

  const bytesOf = async (path: string): Promise<ArrayBuffer> => {
    const { buffer, byteOffset, byteLength } = await readFile(path);
    return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
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
