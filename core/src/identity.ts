// Who this process is: its host, its boot and its own start, so that a dead predecessor is known without guessing.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

export interface Identity {
  node: string;
  host: string;
  boot: string;
  /** The process numbers of two containers on one machine are not the same numbers. */
  namespace: string;
  pid: number;
  processStarted: string;
}

let known: string | undefined;

/** The version of this package, from its own package.json. */
export function version(): string {
  known ??= (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
    .version;
  return known;
}

const read = (path: string): Promise<string> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );

/** What proc_pid_stat(5) tells: the state letter (field 3) and the clock ticks since boot at which it began (field 22); empty when it tells nothing. */
async function processFacts(pid: number): Promise<{ state: string; started: string }> {
  const stat = await read(`/proc/${pid}/stat`);
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
  const machine = (await read('/etc/machine-id')) || (await read('/var/lib/dbus/machine-id'));
  return {
    node,
    host: createHash('sha256').update(`${machine}\n${hostname()}`).digest('base64url').slice(0, 22),
    boot: await read('/proc/sys/kernel/random/boot_id'),
    namespace: await readlink('/proc/self/ns/pid').catch(() => ''),
    pid: process.pid,
    processStarted: (await processFacts(process.pid)).started,
  };
}

/**
 * Only what is certain counts: a row of another host, boot, process namespace or of a system that tells no boot is left to its lease.
 * Another boot may be another machine: clones have the same name and machine id.
 */
export async function isDead(node: Omit<Identity, 'node'>, own: Identity): Promise<boolean> {
  if (node.host !== own.host) return false;
  if (node.boot === '' || node.boot !== own.boot) return false;
  if (node.namespace !== own.namespace) return false;
  if (!isAlive(node.pid)) return true;
  // Of a process of another user /proc may tell nothing.
  const { state, started } = await processFacts(node.pid);
  // It has ended, and only its parent has not taken note of it.
  if (state === 'Z' || state === 'X') return true;
  return started !== '' && node.processStarted !== '' && started !== node.processStarted;
}
