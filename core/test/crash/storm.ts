// The storm: workers and producers on one database, killed with SIGKILL again and again while jobs run, and its server with them.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause, systemClock, systemRandom } from '../../src/kernel/clock.ts';
import { openDatabase } from '../../src/store/open.ts';
import { leaveStatesAlone } from '../by-hand.ts';
import { Children, type Orders } from './children.ts';
import { examine, type Findings, isDrained } from './ledger.ts';
import { acknowledgedIn, linesOf, readNotes } from './notes.ts';

type Victim = 'worker' | 'producer' | 'server';

export interface Storm {
  database: string;
  jobs: number;
  workers: number;
  producers: number;
  /** Milliseconds that a producer waits between its jobs. */
  pace: number;
  /** How often each kind is killed. */
  kills: Partial<Record<Victim, number>>;
  /** Numbers of the jobs of the first producer that kill the process they run in; it is replaced each time. */
  poison?: readonly number[];
  /** Starts the server of the database again, right after its end; needed where it is killed. */
  restartServer?: () => Promise<void>;
  /** Without the token check, and with a lease of 0.3 s: this run has to fail. */
  control: boolean;
  /** 0 to 1. */
  chance: () => number;
}

export interface StormFindings extends Findings {
  /** Done, of each kind; a producer that had added all its jobs is not killed. */
  kills: Record<Victim, number>;
  /** Children that ended with an error of their own. */
  failed: number;
  /** From the start of the storm until all jobs were added, and until the last one was over. */
  seconds: { added: number; over: number };
}

export async function storm(plan: Storm): Promise<StormFindings> {
  const { database, jobs, control, chance, pace } = plan;
  const folder = mkdtempSync(join(tmpdir(), 'pwj-crash-'));
  const ledger = join(folder, 'ledger');
  const children = new Children();
  const kills = { worker: 0, producer: 0, server: 0 };

  const start = (role: Orders['role'], slot: number): Promise<ChildProcess> => {
    const left = Math.floor(jobs / plan.producers) - acknowledgedIn(ledger, slot);
    const poison = slot === 0 ? (plan.poison ?? []) : [];
    return children.start({ role, database, ledger, control, slot, jobs: left, pace, poison, sweepInterval: 500 });
  };
  const startAll = (role: Orders['role'], n: number): Promise<ChildProcess>[] =>
    Array.from({ length: n }, (_, slot) => start(role, slot));
  const replace = async (role: Orders['role'], list: Promise<ChildProcess>[]): Promise<void> => {
    const slot = kills[role] % list.length;
    const child = (await list[slot]) as ChildProcess;
    if (role === 'producer' && child.exitCode !== null) return;
    await children.kill(child);
    list[slot] = start(role, slot);
    await list[slot];
    kills[role] += 1;
  };
  /** Workers that ended by themselves. */
  const replaceDead = (list: Promise<ChildProcess>[]): Promise<unknown> =>
    Promise.all(
      list.map(async (started, slot) => {
        const child = await started;
        if (child.signalCode !== null || child.exitCode !== null) list[slot] = start('worker', slot);
      }),
    );

  try {
    const begun = performance.now();
    const elapsed = () => Math.round((performance.now() - begun) / 100) / 10;
    // One process makes the tables; the others find them.
    const dialect = await openDatabase(database, systemClock, systemRandom);
    // The control writes outcomes over whatever state a job is in.
    if (control) await leaveStatesAlone(dialect.db);
    const [producers, workers] = [startAll('producer', plan.producers), startAll('worker', plan.workers)];
    await Promise.all([...producers, ...workers]);
    for (const victim of spread(plan.kills)) {
      await pause(systemClock, 20 + chance() * 200);
      if (victim === 'server') {
        await plan.restartServer?.();
        kills.server += 1;
      } else await replace(victim, victim === 'worker' ? workers : producers);
    }
    while (acknowledgedIn(ledger) < jobs) {
      await replaceDead(workers);
      await pause(systemClock, 100);
    }
    const added = elapsed();
    while (!(await isDrained(dialect))) {
      await replaceDead(workers);
      await pause(systemClock, 100);
    }
    await Promise.all(workers);
    const seconds = { added, over: elapsed() };
    await children.killAll();
    const findings = await examine(readNotes(linesOf(ledger), children.deaths), dialect);
    await dialect.close();
    return { ...findings, kills, failed: children.failed, seconds };
  } finally {
    await children.killAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each kind evenly over the whole storm. */
function spread(kills: Storm['kills']): Victim[] {
  return Object.entries(kills)
    .flatMap(([victim, n]) => Array.from({ length: n }, (_, i) => ({ victim: victim as Victim, at: (i + 0.5) / n })))
    .sort((a, b) => a.at - b.at)
    .map(({ victim }) => victim);
}
