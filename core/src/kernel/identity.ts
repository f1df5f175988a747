// The identity of this process (host, boot, start time), and whether another process is certainly dead.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { lstat, readdir, readlink, rm, statfs } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { token } from '@phraseworks/sdk';
import { systemClock } from './clock.ts';

export interface Identity {
  node: string;
  host: string;
  boot: string;
  /** PID namespace: a process number is only meaningful within it. */
  namespace: string;
  pid: number;
  processStarted: string;
}
export const Identity = token<Identity>('core/identity');

let known: string | undefined;

/** The version of this package, from its own package.json. */
export function version(): string {
  known ??= (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version;
  return known;
}

/** For tiny files, mostly in /proc: a synchronous read takes microseconds. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

/** From proc_pid_stat(5): state letter (field 3) and start time in clock ticks since boot (field 22); empty if unknown. */
function processFacts(pid: number): { state: string; started: string } {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process exists but belongs to another user.
    return (error as { code?: string }).code === 'EPERM';
  }
}

export async function identify(node: string): Promise<Identity> {
  const machine = read('/etc/machine-id') || read('/var/lib/dbus/machine-id');
  return {
    node,
    host: createHash('sha256').update(`${machine}\n${hostname()}`).digest('base64url').slice(0, 22),
    boot: read('/proc/sys/kernel/random/boot_id'),
    namespace: await readlink('/proc/self/ns/pid').catch(() => ''),
    pid: process.pid,
    processStarted: processFacts(process.pid).started,
  };
}

/**
 * Returns true only if that is certain; rows of another host or boot, or without a boot id, wait for their lease.
 * Another boot may be another machine, since clones share name and machine id.
 */
export async function isDead(process: Omit<Identity, 'node'> & { id: string }, own: Identity): Promise<boolean> {
  const { id, pid, processStarted } = process;
  if (process.host !== own.host) return false;
  if (process.boot === '' || process.boot !== own.boot) return false;
  if (process.namespace !== own.namespace) return isRefused(socketOf(id));
  if (!isAlive(pid)) return true;
  // /proc may hide processes of other users.
  const { state, started } = processFacts(pid);
  // A zombie: it has ended, but its parent has not reaped it.
  if (state === 'Z' || state === 'X') return true;
  return started !== '' && processStarted !== '' && started !== processStarted;
}

/** Local file systems, on which containers share a socket: ext, XFS, Btrfs, ZFS, F2FS, tmpfs and overlay. */
const LOCAL = new Set([0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1, 0xf2f52010, 0x01021994, 0x794c7630]);
/** The kernel truncates longer socket paths. */
const LONGEST_PATH = 100;

const SOCKET = /^phraseworks-jobs-[\w-]{1,64}\.sock$/;
const DAY = 86_400_000;

const socketOf = (node: string): string => join(tmpdir(), `phraseworks-jobs-${node}.sock`);

/**
 * Shows processes in other PID namespaces that this process is alive, for example its successor in the same container: the kernel
 * accepts connections while the process exists, even if it hangs. Call it before the node is stored.
 */
export async function openAliveSocket({ node, boot }: Identity): Promise<() => void> {
  const path = socketOf(node);
  if (boot === '' || Buffer.byteLength(path) > LONGEST_PATH) return () => {};
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => {
    // Without the socket, jobs of a dead process wait for their lease.
    server.on('error', () => resolve());
    // Otherwise, in a cluster worker, the socket would belong to the primary, which outlives it.
    server.listen({ path, exclusive: true }, resolve).unref();
  });
  await removeOldSockets();
  return () => server.close();
}

/** Removes the socket that a killed process left behind. */
export async function removeSocketOf(node: string): Promise<void> {
  const path = socketOf(node);
  if (await isOwnSocket(path)) await rm(path, { force: true }).catch(() => {});
}

/** Ignore sockets of other users: they could make a running process look dead. */
async function isOwnSocket(path: string): Promise<boolean> {
  const file = await lstat(path).catch(() => null);
  return file?.isSocket() ? file.uid === process.getuid?.() : false;
}

/** Removes sockets of long dead processes. Younger ones still show that the jobs of their process are free. */
async function removeOldSockets(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((one) => SOCKET.test(one))) {
    const path = join(tmpdir(), name);
    const { mtimeMs = Number.POSITIVE_INFINITY } = (await lstat(path).catch(() => null)) ?? {};
    if (mtimeMs < systemClock.now() - DAY && (await isRefused(path))) await rm(path, { force: true }).catch(() => {});
  }
}

/** Is there one of our sockets without a process behind it? */
async function isRefused(path: string): Promise<boolean> {
  const { type } = await statfs(tmpdir()).catch(() => ({ type: 0 }));
  if (!LOCAL.has(type >>> 0) || !(await isOwnSocket(path))) return false;
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', ({ code }: Error & { code?: string }) => resolve(code === 'ECONNREFUSED'));
  });
}
