// The storm: two workers and a producer on one file, killed with SIGKILL again and again while jobs run.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { pause, systemClock } from '../../src/clock.ts';
import { examine, type Findings } from './ledger.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

export interface Storm {
  jobs: number;
  kills: number;
  /** Without the token check, and with a lease of 0.3 s: this run has to fail. */
  control: boolean;
  /** 0 to 1. */
  chance: () => number;
}

export async function storm({
  jobs,
  kills,
  control,
  chance,
}: Storm): Promise<Findings & { kills: number; producerKills: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-crash-'));
  const file = join(folder, 'jobs.db');
  const ledger = join(folder, 'ledger');
  const deaths = new Map<number, bigint>();
  const lines = () => (existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n') : []);
  const acknowledged = () => lines().filter((line) => line.startsWith('A ')).length;

  const start = async (role: string): Promise<ChildProcess> => {
    const left = jobs - acknowledged();
    const args =
      role === 'worker' ? [control ? 'control' : 'plain'] : control ? ['control', String(left)] : [String(left)];
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=@phraseworks/source', CHILD, role, file, ledger, ...args],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`a ${role} ended before it was ready, with code ${code}`)));
    });
    return child;
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    const pid = child.pid ?? 0;
    child.kill('SIGKILL');
    deaths.set(pid, lastSignOfLife(pid));
    await gone;
  };

  let producer = await start('producer');
  const workers = [await start('worker'), await start('worker')];
  let producerKills = 0;
  for (let n = 0; n < kills; n += 1) {
    await pause(systemClock, 20 + chance() * 200);
    if (n % 5 === 4 && acknowledged() < jobs && producer.exitCode === null) {
      await kill(producer);
      producerKills += 1;
      producer = await start('producer');
    } else {
      const i = n % 2;
      await kill(workers[i] as ChildProcess);
      workers[i] = await start('worker');
    }
  }
  while (acknowledged() < jobs) await pause(systemClock, 50);
  await drained(file);
  for (const worker of workers) await kill(worker);
  return { ...examine(lines(), deaths, file), kills, producerKills };
}

/** Resolves when nothing waits or runs any more. */
async function drained(file: string): Promise<void> {
  for (;;) {
    const db = new Database(file, { readonly: true, timeout: 5_000 });
    const n = Number(
      db.prepare("select count(*) from pwj_jobs where state in ('ready', 'scheduled', 'processing')").pluck().get(),
    );
    db.close();
    if (n === 0) return;
    await pause(systemClock, 100);
  }
}

/**
 * The last moment at which a process that is being killed was seen alive. Others may find it dead, and run its jobs, long before
 * its parent is told of its end: a busy machine takes its time with that.
 */
function lastSignOfLife(pid: number): bigint {
  let last = process.hrtime.bigint();
  for (;;) {
    const now = process.hrtime.bigint();
    const path = `/proc/${pid}/stat`;
    if (!existsSync(path) || /\) [ZX] /.test(readFileSync(path, 'utf8'))) return last;
    last = now;
  }
}
