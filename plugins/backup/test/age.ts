// The real age program, which reads a passphrase from a terminal only: `script` gives it one.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export const hasAge = (): boolean => spawnSync('age', ['--version']).error === undefined;

/** Runs a shell command on a terminal, types `lines`, and throws with what the terminal showed when it fails. */
export async function onTerminal(command: string, lines: readonly string[]): Promise<void> {
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null']);
  child.stdin.write(lines.map((line) => `${line}\n`).join(''));
  const [shown, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(shown);
}
