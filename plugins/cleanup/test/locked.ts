// A file that cannot be removed, even by root.
import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);

/** The reason that is expected; null where no way of this system works. It can be removed again after the test. */
export async function lock(file: string): Promise<'EPERM' | 'EACCES' | null> {
  if (process.getuid?.() !== 0) {
    const folder = dirname(file);
    await chmod(folder, 0o555);
    onTestFinished(() => chmod(folder, 0o755));
    return 'EACCES';
  }
  // Permissions do not stop a superuser: the file is made immutable.
  try {
    await run('chattr', ['+i', file]);
    onTestFinished(async () => void (await run('chattr', ['-i', file])));
    return 'EPERM';
  } catch {
    return null;
  }
}
