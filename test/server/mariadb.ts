// A throw-away MySQL or MariaDB server of a test: its own folder and port, on loopback only, durable like a real one.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findServer, NO_SERVER, type ServerBinaries } from './binaries.ts';
import { Guard } from './guard.ts';
import { freePorts, greets } from './port.ts';

/** Milliseconds in which a server has to answer. */
const PATIENCE = 30_000;
const BETWEEN_LOOKS = 50;
/** Empty data folders, one for each server program. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/data-folders', import.meta.url));

export interface ServerOptions {
  /** `innodb_flush_log_at_trx_commit`: 1 (default) writes through at each commit, 0 and 2 do not. */
  flush?: 0 | 1 | 2;
  /** Where the data goes; a temporary folder of its own by default. Kept at the end when it is given. */
  data?: string;
  /** The folder in which its own folder is made; that for temporary files by default. */
  within?: string;
  /** More options of the server, each as on its command line. */
  settings?: string[];
  /** False: without the database `jobs`; for a server that cannot write before it has joined others. */
  withDatabase?: boolean;
  /** Who runs it when the test is run by root; root by default. */
  user?: string;
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** Root without a password, who may connect from this machine only. */
export class TestServer {
  readonly folder: string;
  readonly data: string;
  readonly socket: string;
  port = 0;
  readonly #binaries: ServerBinaries;
  readonly #options: ServerOptions;
  readonly #guard: Guard;
  #process: ChildProcess | undefined;

  constructor(binaries: ServerBinaries, options: ServerOptions) {
    this.#binaries = binaries;
    this.#options = options;
    this.folder = mkdtempSync(join(options.within ?? tmpdir(), 'pwj-server-'));
    this.data = options.data ?? join(this.folder, 'data');
    this.socket = join(this.folder, 's.sock');
    this.#guard = new Guard(this.folder);
  }

  /** `mysql://root@127.0.0.1:PORT/jobs`: an empty database. */
  get url(): string {
    return this.urlOf('jobs');
  }

  /** Of another database of this server, which is not made by this. */
  urlOf(database: string): string {
    return `mysql://root@127.0.0.1:${this.port}/${database}`;
  }

  /** Of the running server; 0 when it does not run. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Sends a signal. Resolves when the process has gone, if the signal ends it. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (!child?.pid) return;
    if (signal !== 'SIGKILL' && signal !== 'SIGTERM') return void process.kill(child.pid, signal);
    child.ref();
    const gone = once(child, 'exit');
    process.kill(child.pid, signal);
    await gone;
  }

  /** Starts it again on the same port and data, after `kill()` where it still runs. Resolves when it answers. */
  async restart(settings: string[] = []): Promise<void> {
    await this.kill();
    await this.launch(settings);
  }

  /** Ends the process and removes its folder. */
  async stop(): Promise<void> {
    await this.kill();
    await this.#guard.finish();
  }

  /** Makes the data folder if it is missing, as a copy: the tool takes seconds. */
  install(): void {
    if (existsSync(join(this.data, 'mysql'))) return;
    const { path, mtimeMs, size } = { path: this.#binaries.server, ...statSync(this.#binaries.server) };
    const ready = join(CACHE, createHash('sha256').update(`${path} ${mtimeMs} ${size}`).digest('hex').slice(0, 16));
    if (!existsSync(ready)) {
      mkdirSync(CACHE, { recursive: true });
      const mine = mkdtempSync(join(CACHE, 'new-'));
      this.#make(mine);
      try {
        renameSync(mine, ready);
      } catch {
        // Another process was faster.
        rmSync(mine, { recursive: true });
      }
    }
    cpSync(ready, this.data, { recursive: true });
    if (isRoot() && this.#options.user) spawnSync('chown', ['-R', this.#options.user, this.folder]);
  }

  /** Throws with what the tool said. */
  #make(data: string): void {
    const { server, installer } = this.#binaries;
    const made = installer
      ? spawnSync(installer, [...this.#common(data), '--auth-root-authentication-method=normal', '--skip-test-db'])
      : spawnSync(server, [...this.#common(data), '--initialize-insecure', `--log-error=${this.#log}`]);
    if (made.status === 0) return;
    const said = this.errors() || String(made.stderr).trim().split('\n').slice(0, 3).join(' ');
    throw new Error(`the database server cannot make its data folder: ${said || `code ${made.status}`}`);
  }

  async launch(settings: string[] = []): Promise<void> {
    if (this.port === 0) [this.port = 0] = await freePorts(1);
    const child = spawn(
      this.#binaries.server,
      [
        ...this.#common(),
        `--socket=${this.socket}`,
        `--pid-file=${join(this.folder, 'pid')}`,
        `--log-error=${this.#log}`,
        `--port=${this.port}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--loose-mysqlx=OFF',
        '--max-connections=200',
        '--performance-schema=OFF',
        '--innodb-buffer-pool-size=64M',
        `--innodb-flush-log-at-trx-commit=${this.#options.flush ?? 1}`,
        ...(this.#options.withDatabase === false ? [] : [`--init-file=${this.#firstStatements()}`]),
        ...(this.#options.settings ?? []),
        ...settings,
      ],
      { stdio: 'ignore', detached: true },
    );
    child.unref();
    this.#process = child;
    this.#guard.watch(child.pid);
    child.once('exit', () => {
      if (this.#process !== child) return;
      this.#process = undefined;
      this.#guard.watch(undefined);
    });
    const deadline = performance.now() + PATIENCE;
    while (!(await greets(this.port))) {
      if (this.#process !== child || performance.now() > deadline)
        throw new Error(`the database server does not start: ${this.errors()}`);
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS));
    }
    if (this.#process !== child) throw new Error(`the database server has ended: ${this.errors()}`);
  }

  /** Runs the program in the foreground with these settings, for what it does before it would serve; answers its log. */
  runOnce(settings: string[]): string {
    const log = join(this.folder, 'once.log');
    rmSync(log, { force: true });
    spawnSync(this.#binaries.server, [...this.#common(), `--log-error=${log}`, '--skip-networking', ...settings]);
    return readFileSync(log, 'utf8');
  }

  #firstStatements(): string {
    const path = join(this.folder, 'first.sql');
    const user = "root@'127.0.0.1'";
    const grant = `grant all on *.* to ${user} with grant option`;
    writeFileSync(path, `create user if not exists ${user};\n${grant};\ncreate database if not exists jobs;\n`);
    return path;
  }

  /** The errors in its log. */
  errors(): string {
    const log = existsSync(this.#log) ? readFileSync(this.#log, 'utf8') : '';
    return log
      .split('\n')
      .filter((line) => line.includes('[ERROR]'))
      .slice(-5)
      .join(' ');
  }

  get #log(): string {
    return join(this.folder, 'error.log');
  }

  /** Of the installer and of the server. Without `--user` the server refuses to run as root. */
  #common(data = this.data): string[] {
    return [
      '--no-defaults',
      ...(isRoot() ? [`--user=${data === this.data ? (this.#options.user ?? 'root') : 'root'}`] : []),
      `--datadir=${data}`,
      // A server that starts removes what looks like another's temporary tables.
      `--tmpdir=${this.folder}`,
      '--loose-innodb-log-file-size=32M',
    ];
  }
}

/** Installed, started and answering. Throws where there is no server, or it does not start. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const binaries = findServer();
  if (binaries === undefined) throw new Error(NO_SERVER);
  const server = new TestServer(binaries, options);
  try {
    server.install();
    await server.launch();
    return server;
  } catch (error) {
    await server.stop();
    rmSync(server.folder, { recursive: true, force: true });
    throw error;
  }
}
