// The identity of this process (host, boot, start time), and whether another process is certainly dead.

import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { token } from '@phraseworks/sdk';

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

/** The version of this package, from its own package.json. */
export const version = (): string =>
  (createRequire(import.meta.url)('../../package.json') as { version: string }).version;

/** For tiny files, mostly in /proc: a synchronous read takes microseconds. Empty if the system has no such file. */
function read(path: string, how: (path: string, encoding: 'utf8') => string = readFileSync): string {
  try {
    return how(path, 'utf8').trim();
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

export function identify(node: string): Identity {
  const machine = read('/etc/machine-id') || read('/var/lib/dbus/machine-id');
  return {
    node,
    host: createHash('sha256').update(`${machine}\n${hostname()}`).digest('base64url').slice(0, 22),
    boot: read('/proc/sys/kernel/random/boot_id'),
    namespace: read('/proc/self/ns/pid', readlinkSync),
    pid: process.pid,
    processStarted: processFacts(process.pid).started,
  };
}

/**
 * Returns true only if that is certain; rows of another host, boot or PID namespace, or without a boot id, wait for their lease.
 * Another boot may be another machine, since clones share name and machine id.
 */
export function isDead({ pid, processStarted, ...process }: Omit<Identity, 'node'>, own: Identity): boolean {
  if (process.host !== own.host || process.namespace !== own.namespace) return false;
  if (process.boot === '' || process.boot !== own.boot) return false;
  if (!isAlive(pid)) return true;
  // /proc may hide processes of other users.
  const { state, started } = processFacts(pid);
  // A zombie: it has ended, but its parent has not reaped it.
  if (state === 'Z' || state === 'X') return true;
  return started !== '' && processStarted !== '' && started !== processStarted;
}
