// The processes that work on pictures for a host, as the system sees them.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export async function pictureProcesses(host = process.pid): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(parent) === host && args?.includes('image/src/worker.ts') ? [Number(pid)] : [];
  });
}

/** Ended ones that its parent has not asked after yet are gone, too. */
export async function isGone(pid: number): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() === '' || stdout.startsWith('Z');
}
