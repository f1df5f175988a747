// Workers and producers in processes of their own against a cluster that something happens to.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '../../core/src/kernel/clock.ts';
import { openDatabase } from '../../core/src/store/open.ts';
import { Children, type Orders } from '../../core/test/crash/children.ts';
import { examine, type Findings, isDrained } from '../../core/test/crash/ledger.ts';
import { acknowledgedIn, linesOf, readNotes } from '../../core/test/crash/notes.ts';

const WORKERS = 3;
const PRODUCERS = 2;
/** Milliseconds between two jobs of a producer. */
const PACE = 10;

export interface FleetFindings extends Findings {
  failed: number;
  /** The longest time between two acknowledged jobs, in seconds. */
  longestStop: number;
  seconds: number;
}

/** What happens comes when a quarter of the jobs is acknowledged; the rest has to follow. The database is made here. */
export async function fleet(url: string, jobs: number, happens: () => Promise<void>): Promise<FleetFindings> {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-cluster-'));
  const ledger = join(folder, 'ledger');
  const children = new Children();
  const begun = performance.now();
  const common = { database: url, ledger, control: false, jobs: jobs / PRODUCERS, pace: PACE, sweepInterval: 5_000 };
  const startAll = (role: Orders['role'], n: number) =>
    Promise.all(Array.from({ length: n }, (_, slot) => children.start({ ...common, role, slot })));
  const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 200));
  };
  try {
    await (await openDatabase(url, systemClock, systemRandom)).close();
    await startAll('worker', WORKERS);
    await startAll('producer', PRODUCERS);
    await until(() => acknowledgedIn(ledger) >= jobs / 4);
    await happens();
    await until(() => acknowledgedIn(ledger) >= jobs);
    const dialect = await openDatabase(url, systemClock, systemRandom);
    await until(() => isDrained(dialect));
    const seconds = tenths((performance.now() - begun) / 1_000);
    await children.killAll();
    const lines = linesOf(ledger);
    const findings = await examine(readNotes(lines, children.deaths), dialect);
    await dialect.close();
    return { ...findings, failed: children.failed, longestStop: longestStop(lines), seconds };
  } finally {
    await children.killAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

const tenths = (n: number): number => Math.round(n * 10) / 10;

function longestStop(lines: readonly string[]): number {
  const times = lines.filter((line) => line.startsWith('A ')).map((line) => Number(line.split(' ')[3]) / 1e9);
  times.sort((a, b) => a - b);
  return tenths(Math.max(...times.slice(1).map((time, i) => time - (times[i] ?? 0))));
}
