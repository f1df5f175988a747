// Which process is certainly dead.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import type { NodeRow } from '../store/node-store.ts';
import { identify, isDead } from './identity.ts';

const own = identify('me');
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
    expect(isDead(row({}), own)).toBe(false);
  });

  test('a process that has ended is dead', async () => {
    expect(isDead(row({ pid: gone() }), own)).toBe(true);
  });

  test('a process whose pid now belongs to another process is dead', async ({ skip }) => {
    skip(own.processStarted === '', 'this system does not say when a process started');
    expect(isDead(row({ processStarted: '1' }), own)).toBe(true);
  });

  test.each<[string, Partial<NodeRow>]>([
    ['of another host', { host: 'elsewhere' }],
    ['of another container on this machine', { namespace: 'pid:[1]' }],
    ['from before the last boot, or of a clone of this machine', { boot: 'another' }],
    ['of a system without a boot id', { boot: '' }],
  ])('a process %s is left to its lease', async (_name, change) => {
    expect(isDead(row({ pid: gone(), ...change }), own)).toBe(false);
  });

  test('every process is left to its lease on a system without a boot id', async () => {
    expect(isDead(row({ pid: gone(), boot: '' }), { ...own, boot: '' })).toBe(false);
  });

  test('a process without a recorded start counts as alive while its pid is in use', async () => {
    expect(isDead(row({ processStarted: '' }), own)).toBe(false);
  });
});

test('an identity distinguishes this process, and hides the name of its host', async () => {
  expect(own).toMatchObject({ node: 'me', pid: process.pid, host: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/) });
  expect(identify('me')).toEqual(own);
});

test.runIf(process.platform === 'linux')(
  'a process that has ended counts as dead even before its parent has waited for it',
  async () => {
    // The shell's child ends, and the shell has become a program that never waits for children.
    const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 60']);
    const pid = Number(
      await new Promise((resolve) => parent.stdout.once('data', (text) => resolve(String(text).trim()))),
    );
    const own = identify('own');
    await vi.waitUntil(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '), { timeout: 20_000 });
    expect(isDead({ ...own, pid, processStarted: '' }, own)).toBe(true);
    parent.kill();
  },
);
