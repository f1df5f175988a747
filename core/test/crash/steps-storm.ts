// A storm over jobs that sleep and wait for signals: four processes run them and are killed again and again. What they noted outside the
// database is held against the promises.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause, systemClock, systemRandom } from '../../src/kernel/clock.ts';
import type { Dialect } from '../../src/store/dialect.ts';
import { openDatabase } from '../../src/store/open.ts';
import { Children, type Orders } from './children.ts';

/** `control`: without receipts, so that this run has to fail. */
export type StepOrders = Pick<Orders, 'role' | 'database' | 'ledger' | 'control' | 'jobs' | 'pace'>;

export interface StepFindings {
  jobs: number;
  /** Jobs that have not completed. */
  left: number;
  /** Effects that are missing, and those that were repeated although the log of the job does not say that this was uncertain. */
  missing: number;
  repeated: number;
  /** Repeated after the end of a process between an effect and its receipt. */
  uncertain: number;
  /** Jobs with two accepted signals, and those that ended with something else than the accepted one. */
  acceptedTwice: number;
  wrong: number;
  timedOut: number;
  kills: number;
  failed: number;
}

interface Plan {
  database: string;
  jobs: number;
  kills: number;
  /** Milliseconds between the kills. */
  every: number;
  control?: boolean;
}

export async function stepsStorm({ database, jobs, kills, every, control = false }: Plan): Promise<StepFindings> {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-steps-'));
  const ledger = join(folder, 'ledger');
  const children = new Children<StepOrders>(new URL('./steps-child.ts', import.meta.url));
  const order = (role: StepOrders['role']) =>
    children.start({ role, database, ledger, control, jobs, pace: (kills * every) / jobs });
  try {
    const dialect = await openDatabase(database, systemClock, systemRandom);
    const workers = await Promise.all([0, 1, 2, 3].map(() => order('worker')));
    const producer = await order('producer');
    for (let n = 0; n < kills; n += 1) {
      await pause(systemClock, every);
      await children.kill(workers[n % 4] as ChildProcess);
      workers[n % 4] = await order('worker');
    }
    while (producer.exitCode === null || (await open(dialect)) > 0) await pause(systemClock, 200);
    await children.killAll();
    const found = await examine(readFileSync(ledger, 'utf8').trim().split('\n'), dialect);
    await dialect.close();
    return { jobs, ...found, kills, failed: children.failed };
  } finally {
    await children.killAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function open({ reader }: Dialect): Promise<number> {
  const { n } = await reader
    .selectFrom('pwj_jobs')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('state', 'not in', ['completed', 'failed', 'cancelled'])
    .executeTakeFirstOrThrow();
  return Number(n);
}

async function examine(lines: readonly string[], { reader }: Dialect) {
  const rows = await reader.selectFrom('pwj_jobs').select(['id', 'state', 'result']).execute();
  const logs = await reader.selectFrom('pwj_logs').select(['job_id as id', 'message']).execute();
  const told = logs.filter(({ message }) => message.includes('doing it again'));
  const noted = (mark: string, id: string) =>
    lines.flatMap((line) => {
      const [its, job, word = ''] = line.split(' ');
      return its === mark && job === id ? [word] : [];
    });
  const found = { left: 0, missing: 0, repeated: 0, uncertain: 0, acceptedTwice: 0, wrong: 0, timedOut: 0 };
  for (const { id, state, result } of rows) {
    if (state !== 'completed') found.left += 1;
    const effects = noted('E', id);
    for (const word of ['first', 'second', 'third']) {
      const times = effects.filter((one) => one === word).length;
      const excused = told.filter((log) => log.id === id && log.message.includes(`"${word}"`)).length;
      if (times === 0) found.missing += 1;
      found.repeated += Math.max(times - 1 - excused, 0);
      found.uncertain += excused;
    }
    const accepted = noted('S', id);
    if (accepted.length > 1) found.acceptedTwice += 1;
    const { got = null } = JSON.parse(result ?? '{}') as { got?: number | null };
    if (String(got) !== (accepted[0] ?? 'null')) found.wrong += 1;
    if (got === null) found.timedOut += 1;
  }
  return found;
}
