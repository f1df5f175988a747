// What a stranger does with each package manager, from our tarballs: scaffold a plugin, install, test, try it on a site, pack it, and install it
// into another site, which starts. INSTALL_ON names the cells, such as `pnpm@20,yarn-pnp@20`, from npm, pnpm, yarn and yarn-pnp; `all` is all of
// them on Node 20, 22 and 24. Every cell has a home and caches of its own, in which there is nothing.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { packagesOf } from '../scripts/packages.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const PNPM = 'pnpm@10.34.9';
const YARN = '@yarnpkg/cli-dist@4.18.1';
const MANAGERS = ['npm', 'pnpm', 'yarn', 'yarn-pnp'];
const wanted = process.env.INSTALL_ON ?? '';
const cells = (
  wanted === 'all' ? MANAGERS.flatMap((name) => ['20', '22', '24'].map((node) => `${name}@${node}`)) : wanted.split(',')
).filter((cell) => cell !== '');

/** How to say it to each manager. */
const SAY: Record<string, { add: string[]; run: string[]; exec: string[]; pack: string[] }> = {
  npm: { add: ['install'], run: ['run'], exec: ['exec', '--'], pack: ['pack'] },
  pnpm: { add: ['add'], run: ['run'], exec: ['exec'], pack: ['pack'] },
  yarn: { add: ['add'], run: ['run'], exec: ['exec'], pack: ['pack', '--out', '%s-%v.tgz'] },
};

let folder: string;
let server: Server;
let registry: string;
let upstream: string;

/** The registry of a stranger after the release: our tarballs, and all else from the registry that this machine uses. */
async function serve(): Promise<void> {
  const to = join(folder, 'packed');
  await mkdir(to);
  const folders = [...packagesOf(root), 'create-plugin'];
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', to, ...folders.map((one) => `./${one}`)],
    { cwd: root, maxBuffer: 1 << 26 },
  );
  const made: { name: string; version: string; integrity: string; shasum: string }[] = JSON.parse(stdout);
  const fileOf = (name: string) => `${name.replace('@', '').replace('/', '-')}`;
  server = createServer((request, response) => {
    const url = decodeURIComponent(request.url ?? '/');
    const ours = made.find(({ name }) => url === `/${name}`);
    const tarball = made.find((one) => url === `/${one.name}/-/${fileOf(one.name)}-${one.version}.tgz`);
    const answer = async (): Promise<void> => {
      if (tarball) {
        await pipeline(createReadStream(join(to, `${fileOf(tarball.name)}-${tarball.version}.tgz`)), response);
      } else if (ours) {
        const { name, version, integrity, shasum } = ours;
        const at = folders[made.indexOf(ours)] ?? '';
        const manifest = JSON.parse(await readFile(join(root, at, 'package.json'), 'utf8'));
        const dist = { integrity, shasum, tarball: `${registry}${name}/-/${fileOf(name)}-${version}.tgz` };
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({
            name,
            'dist-tags': { latest: version },
            time: { [version]: '2026-01-01T00:00:00.000Z' },
            versions: { [version]: { ...manifest, dist } },
          }),
        );
      } else {
        const accept = request.headers.accept ?? '*/*';
        const got = await fetch(`${upstream}${request.url?.slice(1)}`, { headers: { accept } });
        response.writeHead(got.status, { 'content-type': got.headers.get('content-type') ?? 'application/json' });
        await pipeline(Readable.fromWeb(got.body as never), response);
      }
    };
    answer().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  registry = `http://localhost:${(server.address() as AddressInfo).port}/`;
}

/** Node from the npm registry, unless this process is that version. */
async function folderOfNode(version: string): Promise<string> {
  if (process.versions.node.split('.')[0] === version) return dirname(process.execPath);
  const own = `node-${process.platform}-${process.arch}@${version}`;
  const args = ['exec', '--yes', `--package=${own}`, '--', 'node', '-p', 'process.execPath'];
  return dirname((await run('npm', args, { cwd: tmpdir() })).stdout.trim());
}

beforeAll(async () => {
  if (cells.length === 0) return;
  folder = await realpath(await mkdtemp(join(tmpdir(), 'install-')));
  upstream = (await run('npm', ['config', 'get', 'registry'])).stdout.trim().replace(/\/?$/, '/');
  await serve();
  for (const tool of [PNPM, YARN]) {
    const at = join(folder, tool.startsWith('pnpm') ? 'pnpm' : 'yarn');
    await run('npm', ['install', '--prefix', at, '--no-audit', '--no-fund', tool]);
  }
}, 240_000);

afterAll(async () => {
  if (cells.length === 0) return;
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each(cells.length > 0 ? cells : ['each manager and Node'])('%s', (cell) => {
  const [kind = '', version = ''] = cell.split('@');
  const manager = kind.replace('-pnp', '');
  const say = SAY[manager];

  test('a plugin is scaffolded, tested, tried, packed, and runs in another site', { timeout: 900_000 }, async ({
    skip,
  }) => {
    skip(cells.length === 0, 'installs packages: set INSTALL_ON=pnpm@20,yarn-pnp@20');
    if (say === undefined) throw new Error(`${cell} is none of ${MANAGERS.join(', ')} with a Node`);
    const home = join(folder, cell);
    await mkdir(home);
    const node = await folderOfNode(version);
    const outer = Object.entries(process.env).filter(
      ([name]) => !/^(npm_|NODE_(OPTIONS|ENV|PATH)$|VITEST|JOBS_|YARN_|PNPM_|XDG_|FORCE_COLOR)/i.test(name),
    );
    const headers = join(node, '..');
    const env: NodeJS.ProcessEnv = {
      ...Object.fromEntries(outer),
      HOME: home,
      CI: '1',
      NO_COLOR: '1',
      PORT: '0',
      PATH: `${node}${delimiter}${process.env.PATH}`,
      npm_config_registry: registry,
      npm_config_cache: join(home, 'npm'),
      npm_config_yes: 'true',
      // Where GitHub has no driver for this Node, it is compiled with the headers of this machine.
      ...(existsSync(join(headers, 'include/node')) ? { npm_config_nodedir: headers } : {}),
      ...(manager === 'yarn'
        ? {
            YARN_NPM_REGISTRY_SERVER: registry,
            YARN_UNSAFE_HTTP_WHITELIST: 'localhost',
            YARN_NODE_LINKER: kind === 'yarn' ? 'node-modules' : 'pnp',
            YARN_GLOBAL_FOLDER: join(home, 'yarn'),
            YARN_ENABLE_GLOBAL_CACHE: 'true',
            YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
            YARN_ENABLE_TELEMETRY: 'false',
            YARN_NPM_MINIMAL_AGE_GATE: '0',
          }
        : {}),
    };
    const program = {
      npm: ['npm'],
      pnpm: [process.execPath, join(folder, 'pnpm/node_modules/pnpm/bin/pnpm.cjs')],
      yarn: [process.execPath, join(folder, 'yarn/node_modules/@yarnpkg/cli-dist/bin/yarn.js')],
    }[manager] as string[];
    if (program[0] !== 'npm') program[0] = join(node, 'node');
    const command = (args: string[]): [string, string[]] => [program[0] ?? '', [...program.slice(1), ...args]];
    const took: string[] = [];
    const step = async (cwd: string, ...args: string[]): Promise<string> => {
      const began = performance.now();
      const [file, rest] = command(args);
      const { stdout, stderr } = await run(file, rest, { cwd, env, maxBuffer: 1 << 26 }).catch((error) => {
        throw new Error(`${cell}: ${args.join(' ')}\n${error.stdout}\n${error.stderr}`);
      });
      took.push(`${args.slice(0, 2).join(' ')} ${((performance.now() - began) / 1_000).toFixed(1)} s`);
      return `${stdout}${stderr}`;
    };
    /** Starts a site, and stops it after a line that fits. */
    const site = async (cwd: string, until: RegExp, ...args: string[]): Promise<void> => {
      const began = performance.now();
      const [file, rest] = command(args);
      // A group of its own: not every manager passes a signal on.
      const child = spawn(file, rest, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      const closed = once(child, 'close');
      const end = (): void => {
        if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
          process.kill(-child.pid, 'SIGTERM');
      };
      // Also when the test has run out of time, since nothing else ends the group.
      onTestFinished(end);
      let output = '';
      const found = new Promise<void>((resolve) => {
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (chunk) => {
            output += String(chunk);
            if (until.test(output) || /^ (failed|waiting) +greeter/m.test(output)) resolve();
          });
      });
      await Promise.race([found, closed]);
      end();
      await closed;
      expect(output, `${cell}: ${args.join(' ')}`).toMatch(until);
      took.push(`${args.slice(0, 2).join(' ')} ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    };

    const create = {
      npm: ['create', 'phraseworks-plugin'],
      pnpm: ['create', 'phraseworks-plugin'],
      yarn: ['dlx', 'create-phraseworks-plugin'],
    }[manager] as string[];
    await step(home, ...create, 'greeter');
    const plugin = join(home, 'greeter');
    if (manager === 'yarn') await writeFile(join(plugin, 'yarn.lock'), '');
    await step(plugin, 'install');
    expect(await step(plugin, 'test')).toMatch(/Tests +\d+ passed/);
    await site(plugin, /example +completed .*Hello Ada/, ...say.run, 'dev');
    await step(plugin, ...say.pack);
    const tarball = (await readdir(plugin)).find((name) => name.endsWith('.tgz')) ?? 'none';

    const second = join(home, 'site');
    await mkdir(second);
    await writeFile(join(second, 'package.json'), JSON.stringify({ name: 'site', private: true, type: 'module' }));
    if (manager === 'yarn') await writeFile(join(second, 'yarn.lock'), '');
    const config = 'export default { plugins: { dashboard: true, greeter: true } };\n';
    await writeFile(join(second, 'jobs.config.js'), config);
    const own = ['@phraseworks/jobs', '@phraseworks/cli', '@phraseworks/sdk', '@phraseworks/plugin-dashboard'];
    const driver = JSON.parse(await readFile(join(plugin, 'package.json'), 'utf8')).devDependencies['better-sqlite3'];
    const build = manager === 'pnpm' ? ['--allow-build=better-sqlite3'] : [];
    const allow = { 'better-sqlite3': true };
    if (manager !== 'pnpm')
      await writeFile(
        join(second, 'package.json'),
        JSON.stringify({
          name: 'site',
          private: true,
          type: 'module',
          allowScripts: allow,
          dependenciesMeta: { 'better-sqlite3': { built: true } },
        }),
      );
    await step(
      second,
      ...say.add,
      ...build,
      ...own,
      'hono',
      `better-sqlite3@${driver}`,
      `${manager === 'yarn' ? 'phraseworks-plugin-greeter@file:' : ''}${join(plugin, tarball)}`,
    );
    await site(second, / ok +greeter/, ...say.exec, 'phraseworks-jobs', 'start');
    console.log(`${cell}: ${took.join(', ')}`);
  });
});
