// Runs one measurement in a process of its own and reads its figure from the last line it prints.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Scripts lie beside this file, built or not. */
export const script = (name: string): string =>
  fileURLToPath(new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));

interface Around {
  /** Options of Node beside those of this process. */
  execArgv?: readonly string[];
  env?: Record<string, string>;
}

/** A script that fails its own check ends the run. */
export function measure<T>(
  name: string,
  args: readonly string[],
  { execArgv = [], env = {} }: Around = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...execArgv, script(name), ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.on('close', (code) => {
      const line = out.trim().split('\n').at(-1) ?? '';
      if (code === 0) resolve(JSON.parse(line) as T);
      else reject(new Error(`${name} ${args.join(' ')} ended with code ${code}`));
    });
  });
}
