// A folder in which the code of our pages can be compiled and run: the packages are there, as in a host.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './markdown.ts';

export interface Ran {
  code: number;
  /** What it wrote, both streams. */
  output: string;
}

export class Workshop {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Workshop> {
    const folder = await mkdtemp(join(tmpdir(), 'docs-'));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const shop = new Workshop(folder);
    await shop.write('package.json', JSON.stringify({ type: 'module' }));
    return shop;
  }

  write(name: string, text: string | Uint8Array): Promise<void> {
    return writeFile(join(this.folder, name), text);
  }

  /** Runs a file of the folder, or another one in it, from the sources of the packages. */
  node(file: string, ...args: string[]): Promise<Ran> {
    const flags = ['--import', import.meta.resolve('tsx'), '--conditions=@phraseworks/source'];
    return this.run(process.execPath, [...flags, file, ...args]);
  }

  run(command: string, args: readonly string[]): Promise<Ran> {
    const env = { ...process.env, NO_COLOR: '1', TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json') };
    return new Promise((resolve) => {
      execFile(command, args, { cwd: this.folder, env, timeout: 60_000 }, (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
        resolve({ code, output: `${stdout}${stderr}` });
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
