// Does what a page tells a reader to type, in a folder of its own below one that has installed our packages: nothing is published, so what
// npm would fetch is there already, but for the packages that the reader makes.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const CREATE = fileURLToPath(new URL('../../create-plugin/src/create.js', import.meta.url));

export class Steps {
  readonly #root: string;
  readonly #installed: string;
  readonly #said = new Map<string, string>();
  readonly #env: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', PORT: '0', JOBS_DATABASE: '' };
  #cwd: string;

  private constructor(root: string, installed: string) {
    this.#root = root;
    this.#installed = installed;
    this.#cwd = root;
  }

  /** `host` has a folder `node_modules` with everything that a reader would install. */
  static async open(host: string): Promise<Steps> {
    return new Steps(await mkdtemp(join(host, 'reader-')), join(host, 'node_modules'));
  }

  /** The path counts from the folder in which the reader began. */
  write(path: string, text: string): Promise<void> {
    return writeFile(join(this.#root, path), text);
  }

  /** What the command has written, as far as it was run. */
  said(command: string): string | undefined {
    return this.#said.get(command);
  }

  /** Each line is a command. With `until=word`, it is stopped as a reader would, with Ctrl+C, once it has written the word. */
  async run(commands: string, mark = ''): Promise<void> {
    for (const line of commands.trim().split('\n')) {
      const [, word] = /^until=(.+)$/.exec(mark) ?? [];
      this.#said.set(line, word === undefined ? await this.#once(line) : await this.#until(line, word));
    }
  }

  async #once(line: string): Promise<string> {
    const [program, verb, ...words] = line.split(' ');
    if (program === 'cd') {
      this.#cwd = join(this.#cwd, verb ?? '');
      return '';
    }
    if (line.startsWith('npm create phraseworks-plugin '))
      return this.#shell(`node ${CREATE} ${words.slice(1).join(' ')}`);
    if (line === 'npm install') {
      await symlink(this.#installed, join(this.#cwd, 'node_modules'));
      return '';
    }
    if (`${program} ${verb}` !== 'npm install') return this.#shell(line);
    const made = words.filter((word) => word.endsWith('.tgz'));
    if (made.length === 0) return '';
    return this.#shell(`npm install --legacy-peer-deps --prefer-offline --no-audit --no-fund ${made.join(' ')}`);
  }

  async #shell(line: string): Promise<string> {
    const { stdout, stderr } = await execute('sh', ['-c', line], { cwd: this.#cwd, env: this.#env });
    return `${stdout}${stderr}`;
  }

  async #until(line: string, word: string): Promise<string> {
    // In a group of its own, as on a terminal: Ctrl+C reaches all of it.
    const child = spawn(line, { cwd: this.#cwd, env: this.#env, shell: true, detached: true });
    const closed = once(child, 'close');
    let output = '';
    let isStopped = false;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += String(chunk);
        if (isStopped || !output.includes(word) || child.pid === undefined) return;
        isStopped = true;
        process.kill(-child.pid, 'SIGINT');
      });
    await closed;
    if (!isStopped) throw new Error(`${line} ended before it wrote "${word}":\n${output}`);
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }
}
