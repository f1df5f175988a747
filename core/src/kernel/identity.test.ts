// Which process is certainly dead.
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { NodeRow } from '../store/node-store.ts';
import { type Identity, identify, isDead, openAliveSocket, removeSocketOf } from './identity.ts';

let own: Identity;
beforeAll(async () => {
  own = await identify('me');
});
const row = (change: Partial<NodeRow>): NodeRow => ({
  id: 'other',
  host: own.host,
  boot: own.boot,
  namespace: own.namespace,
  pid: own.pid,
  processStarted: own.processStarted,
  startedAt: 0,
  heartbeatAt: 0,
  about: {},
  ...change,
});
const gone = () => spawnSync(process.execPath, ['--version']).pid;

describe('isDead', () => {
  test('this process is alive', async () => {
    expect(await isDead(row({}), own)).toBe(false);
  });

  test('a process that has ended is dead', async () => {
    expect(await isDead(row({ pid: gone() }), own)).toBe(true);
  });

  test('a process whose pid now belongs to another process is dead', async ({ skip }) => {
    skip(own.processStarted === '', 'this system does not say when a process started');
    expect(await isDead(row({ processStarted: '1' }), own)).toBe(true);
  });

  test.each<[string, Partial<NodeRow>]>([
    ['of another host', { host: 'elsewhere' }],
    ['of another container on this machine', { namespace: 'pid:[1]' }],
    ['from before the last boot, or of a clone of this machine', { boot: 'another' }],
    ['of a system without a boot id', { boot: '' }],
  ])('a process %s is left to its lease', async (_name, change) => {
    expect(await isDead(row({ pid: gone(), ...change }), own)).toBe(false);
  });

  test('every process is left to its lease on a system without a boot id', async () => {
    expect(await isDead(row({ pid: gone(), boot: '' }), { ...own, boot: '' })).toBe(false);
  });

  test('a process without a recorded start counts as alive while its pid is in use', async () => {
    expect(await isDead(row({ processStarted: '' }), own)).toBe(false);
  });
});

describe('a process of another container', () => {
  const elsewhere = { namespace: 'pid:[1]' };
  const start = async (id: string) => {
    const url = new URL('./identity.ts', import.meta.url).href;
    const code = `const { identify, openAliveSocket } = await import('${url}'); await openAliveSocket(await identify('${id}')); console.log(1); setInterval(() => {}, 1e9)`;
    const flags = ['--import', 'tsx', '--conditions=@phraseworks/source', '--input-type=module'];
    const child = spawn(process.execPath, [...flags, '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close').then(() => Promise.reject(new Error('it ended before it was ready')));
    await Promise.race([once(child.stdout, 'data'), ended]);
    ended.catch(() => {});
    return child;
  };

  test.runIf(process.platform === 'linux')('is dead once its socket no longer answers', async () => {
    const id = randomUUID();
    const child = await start(id);
    expect(await isDead(row({ ...elsewhere, id }), own)).toBe(false);
    child.kill('SIGSTOP');
    expect(await isDead(row({ ...elsewhere, id }), own)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await isDead(row({ ...elsewhere, id, boot: 'another' }), own)).toBe(false);
    expect(await isDead(row({ ...elsewhere, id }), own)).toBe(true);
    await removeSocketOf(id);
    expect(await isDead(row({ ...elsewhere, id }), own)).toBe(false);
  });

  test.runIf(process.platform === 'linux')(
    'that was killed leaves a socket, which the next start removes after a day',
    async () => {
      const [killed, young, alive, forged] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
      const path = (id: string) => join(tmpdir(), `phraseworks-jobs-${id}.sock`);
      const children = await Promise.all([killed, young, alive].map(start));
      for (const child of children.slice(0, 2)) {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
      writeFileSync(path(forged), '');
      for (const id of [killed, alive, forged]) utimesSync(path(id), 0, 0);
      const hide = await openAliveSocket({ ...own, node: randomUUID() });
      expect([killed, young, alive, forged].map((id) => existsSync(path(id)))).toEqual([false, true, true, true]);
      hide();
      children[2]?.kill('SIGKILL');
      await removeSocketOf(forged);
      expect(existsSync(path(forged))).toBe(true);
      for (const id of [young, alive, forged]) rmSync(path(id), { force: true });
    },
  );

  test.runIf(process.getuid?.() === 0)('is not considered dead because of a socket of another user', async () => {
    const id = randomUUID();
    const child = await start(id);
    child.kill('SIGKILL');
    await once(child, 'close');
    const path = join(tmpdir(), `phraseworks-jobs-${id}.sock`);
    chownSync(path, 65_534, 65_534);
    expect(await isDead(row({ ...elsewhere, id }), own)).toBe(false);
    rmSync(path);
  });

  test('is left to its lease if it has no socket or has stopped in good order', async () => {
    const id = randomUUID();
    expect(await isDead(row({ ...elsewhere, id }), own)).toBe(false);
    const hide = await openAliveSocket({ ...own, node: id });
    hide();
    expect(await isDead(row({ ...elsewhere, id }), own)).toBe(false);
  });
});

test('an identity distinguishes this process, and hides the name of its host', async () => {
  expect(own).toMatchObject({ node: 'me', pid: process.pid, host: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/) });
  expect(await identify('me')).toEqual(own);
});

test.runIf(process.platform === 'linux')(
  'a process that has ended counts as dead even before its parent has waited for it',
  async () => {
    // The shell's child ends, and the shell has become a program that never waits for children.
    const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 60']);
    const pid = Number(
      await new Promise((resolve) => parent.stdout.once('data', (text) => resolve(String(text).trim()))),
    );
    const own = await identify('own');
    await vi.waitUntil(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '), { timeout: 20_000 });
    expect(await isDead({ ...own, id: 'other', pid, processStarted: '' }, own)).toBe(true);
    parent.kill();
  },
);
