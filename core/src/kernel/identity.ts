// Who this process is: its host, its boot and its own start, so that a dead predecessor is known without guessing.

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
  /** The process numbers of two containers on one machine are not the same numbers. */
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

/** For files of a few bytes, most of them in memory: reading one takes microseconds. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

/** From proc_pid_stat(5): the state letter (field 3) and the clock ticks since boot at which it began (field 22); empty where it is not known. */
function processFacts(pid: number): { state: string; started: string } {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

/** Is there a process of this number? */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, but belongs to another user.
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
 * Only what is certain counts: a row of another host, boot, or of a system without boot ids, is left to its lease.
 * Another boot may be another machine: clones have the same name and machine id.
 */
export async function isDead(process: Omit<Identity, 'node'> & { id: string }, own: Identity): Promise<boolean> {
  const { id, pid, processStarted } = process;
  if (process.host !== own.host) return false;
  if (process.boot === '' || process.boot !== own.boot) return false;
  if (process.namespace !== own.namespace) return isRefused(socketOf(id));
  if (!isAlive(pid)) return true;
  // Of a process of another user /proc may tell nothing.
  const { state, started } = processFacts(pid);
  // It has ended, and only its parent has not taken note of it.
  if (state === 'Z' || state === 'X') return true;
  return started !== '' && processStarted !== '' && started !== processStarted;
}

/** File systems of this kernel alone, on which a socket is the same one in every container: ext, XFS, Btrfs, ZFS, F2FS, tmpfs and overlay. */
const LOCAL = new Set([0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1, 0xf2f52010, 0x01021994, 0x794c7630]);
/** Longer paths of sockets would be cut. */
const LONGEST_PATH = 100;

const SOCKET = /^phraseworks-jobs-[\w-]{1,64}\.sock$/;
const DAY = 86_400_000;

const socketOf = (node: string): string => join(tmpdir(), `phraseworks-jobs-${node}.sock`);

/**
 * Lets processes of other PID namespaces see that this one lives, such as the one that its container starts after it: the kernel
 * answers for the socket as long as the process is there, also while it hangs. Must be called before anybody knows the node.
 */
export async function openAliveSocket({ node, boot }: Identity): Promise<() => void> {
  const path = socketOf(node);
  if (boot === '' || Buffer.byteLength(path) > LONGEST_PATH) return () => {};
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => {
    // Without the socket, its jobs wait for their lease.
    server.on('error', () => resolve());
    // A worker of Node's cluster module would leave the socket to its primary, which outlives it.
    server.listen({ path, exclusive: true }, resolve).unref();
  });
  await removeOldSockets();
  return () => server.close();
}

/** What a process that was killed has left of itself outside the database. */
export async function removeSocketOf(node: string): Promise<void> {
  const path = socketOf(node);
  if (await isOwnSocket(path)) await rm(path, { force: true }).catch(() => {});
}

/** Of our own user: others could make one to let a running process look dead. */
async function isOwnSocket(path: string): Promise<boolean> {
  const file = await lstat(path).catch(() => null);
  return file?.isSocket() ? file.uid === process.getuid?.() : false;
}

/** What a boot, a removed database or a rescue by another machine has left here. Younger ones still tell a process of their database that its jobs are free. */
async function removeOldSockets(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((one) => SOCKET.test(one))) {
    const path = join(tmpdir(), name);
    const { mtimeMs = Number.POSITIVE_INFINITY } = (await lstat(path).catch(() => null)) ?? {};
    if (mtimeMs < systemClock.now() - DAY && (await isRefused(path))) await rm(path, { force: true }).catch(() => {});
  }
}

/** Does one of our sockets lie here, with no process behind it? */
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
