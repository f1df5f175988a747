// The first run of a fresh clone, `npm install && npm start`, on each version of Node that FIRST_RUN_ON names, such as `20,24`, in this order.
// What this process runs on has installed this repository, so its packages are copied; a later version installs over those of the one before.
// JOBS_TEST_FULL=1 installs everything for each version, runs the demo three times, and compiles what was compiled before.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { folderInMemory } from './server/memory.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const versions = (process.env.FIRST_RUN_ON ?? '').split(',').filter((version) => version !== '');
const MINUTES = 60_000;
const FULL = process.env.JOBS_TEST_FULL === '1';
const RUNS = FULL ? [1, 2, 3] : [1];

/** The shell of install scripts: keeps a driver that had to be compiled where its next installation looks for a ready one. */
const KEEPING_SHELL = `#!/bin/sh
[ "$npm_package_name" = better-sqlite3 ] || exec /bin/sh "$@"
platform=$(node -p 'process.versions.modules + "-" + process.platform + "-" + process.arch')
file="$KEPT_DRIVERS/better-sqlite3-v$npm_package_version-node-v$platform.tar.gz"
[ ! -f "$file" ] || export npm_config_better_sqlite3_local_prebuilds="$KEPT_DRIVERS"
/bin/sh "$@" || exit
[ -f build/Makefile ] && [ -f build/Release/better_sqlite3.node ] || exit 0
tar -czf "$file.$$" build/Release/better_sqlite3.node && mv "$file.$$" "$file"
`;

/** In npm's cache. Compiling takes longer than all the rest, and happens wherever GitHub cannot be reached. */
async function keepDrivers(): Promise<NodeJS.ProcessEnv> {
  const folder = join((await run('npm', ['config', 'get', 'cache'])).stdout.trim(), '_compiled');
  await mkdir(folder, { recursive: true });
  const shell = join(folder, 'shell');
  await writeFile(shell, KEEPING_SHELL, { mode: 0o755 });
  return { KEPT_DRIVERS: folder, npm_config_script_shell: shell };
}

/** Those of each workspace, too. */
const COPY_PACKAGES = 'find . -name node_modules -prune | tar -cf - -T - | tar -xf - -C "$0"';

const isOwn = (version: string): boolean => process.versions.node.split('.')[0] === version;

/** Node from the npm registry, unless this process is that version. */
async function folderOfNode(version: string): Promise<string> {
  if (isOwn(version)) return dirname(process.execPath);
  // The package of this platform: that of the name `node` loses its headers when it is used a second time.
  const own = `node-${process.platform}-${process.arch}@${version}`;
  const args = ['exec', '--yes', `--package=${own}`, '--', 'node', '-p', 'process.execPath'];
  return dirname((await run('npm', args, { cwd: tmpdir() })).stdout.trim());
}

async function clone(folder: string): Promise<void> {
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    // A file that was deleted and not committed is still listed.
    await cp(join(root, file), join(folder, file)).catch(() => {});
  }
}

let folder: string;

beforeAll(async () => {
  if (versions.length === 0) return;
  folder = await mkdtemp(join(folderInMemory(), 'first-run-'));
  await clone(folder);
}, 2 * MINUTES);

afterAll(() => versions.length > 0 && rm(folder, { recursive: true, force: true }));

interface Ended {
  code: number | NodeJS.Signals;
  output: string;
}

const named = versions.length > 0 ? versions : ['each version'];

describe.each(named)('on Node %s', (version) => {
  let env: NodeJS.ProcessEnv;

  beforeEach(({ skip }) => skip(versions.length === 0, 'installs packages: set FIRST_RUN_ON=20,24'));

  beforeAll(async () => {
    if (versions.length === 0) return;
    const outer = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS|VITEST|NODE_ENV)/.test(name));
    env = { ...Object.fromEntries(outer), ...(FULL ? {} : await keepDrivers()) };
    const node = await folderOfNode(version);
    env.PATH = `${node}${delimiter}${env.PATH}`;
    // A driver that has to be built is built for this version, whatever npm is set to on this machine.
    const headers = join(node, '..');
    if (existsSync(join(headers, 'include'))) env.npm_config_nodedir = headers;
  }, 2 * MINUTES);

  const npm = (...args: string[]) =>
    run('npm', [...args, '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder, env });

  async function install(): Promise<void> {
    if (!FULL && version !== named[0]) {
      await npm('rebuild');
      await npm('install');
    } else if (!FULL && isOwn(version)) await run('sh', ['-c', COPY_PACKAGES, folder], { cwd: root });
    else await npm('ci');
  }

  /** The command of `npm start` itself, since npm would hide how it ended. Stopped as soon as a line fits `until`. */
  async function start(until: RegExp): Promise<Ended> {
    const child = spawn(`exec ${scripts.start}`, { cwd: folder, env, shell: true });
    let output = '';
    child.stderr.on('data', (chunk) => {
      output += String(chunk);
    });
    createInterface(child.stdout).on('line', (line) => {
      output += `${line}\n`;
      if (until.test(line)) child.kill('SIGTERM');
    });
    const [code, signal] = await once(child, 'close');
    return { code: code ?? signal, output };
  }

  test('npm start completes every job of the demo after an installation', { timeout: 15 * MINUTES }, async () => {
    await install();
    const driver = JSON.parse(await readFile(join(folder, 'node_modules/better-sqlite3/package.json'), 'utf8'));
    expect(driver.version.split('.')[0]).toBe(version.startsWith('20') || version === '22.12.0' ? '12' : '13');
    for (const time of RUNS) {
      await rm(join(folder, 'data'), { recursive: true, force: true });
      const { code, output } = await start(/All of them have ended/);
      expect([time, code, output.match(/ completed /g)?.length], output).toEqual([time, 0, 7]);
    }
  });

  // Once: a driver that was not built is missed in the same way by each version.
  if (version === named[0])
    test('without package scripts, it says in one line how to build the driver', {
      timeout: 5 * MINUTES,
    }, async () => {
      // As `npm ci --ignore-scripts` leaves it.
      await rm(join(folder, 'node_modules/better-sqlite3/build'), { recursive: true });
      const { code, output } = await start(/phraseworks-jobs link prints/);
      expect(code, output).toBe(1);
      expect(output).toMatch(/run npm (install better-sqlite3@13|.* npm rebuild better-sqlite3)/);
    });
});
