// A process that is meant to be killed, told by JSON what to do. It notes what it did in a ledger outside the database.
import { appendFileSync } from 'node:fs';
import { JobsError } from '@phraseworks/sdk';
import type { Core } from '../../src/core.ts';
import { pause, systemClock } from '../../src/kernel/clock.ts';
import { prepare } from '../../src/store/prepared.ts';
import type { SettleRow } from '../../src/store/shared-statements.ts';
import type { Tx } from '../../src/store/tx.ts';
import { byHand } from '../by-hand.ts';
import type { Orders } from './children.ts';
import { realCore } from './real-core.ts';

const orders = JSON.parse(process.argv[2] ?? '') as Orders;
const { control } = orders;

// The test has ended, however it did: without this, the process would run on.
process.stdin.resume().once('end', () => process.exit(1));

/** One write per line: what is in it has happened. The monotonic clock is the same in all processes of a machine. */
const note = (line: string): void =>
  appendFileSync(orders.ledger, `${line} ${process.hrtime.bigint()} ${process.pid}\n`);

async function open(): Promise<Core> {
  const { database, sweepInterval } = orders;
  // The control gets a lease that is too short on purpose, which the settings refuse.
  const core = await realCore(database, control ? { sweepInterval: 100, leaseDuration: 300 } : { sweepInterval });
  if (control) takeTokenCheckOut(core);
  register(core);
  await core.open();
  return core;
}

/** The control: an outcome is written without asking who holds the job. */
function takeTokenCheckOut(core: Core): void {
  const { db, statements } = core.ledger.dialect;
  const unguarded = prepare<SettleRow>((p) =>
    byHand(db)
      .updateTable('pwj_jobs')
      .set({
        state: p.state,
        attempt: p.attempt,
        crashes: p.crashes,
        finished_at: p.finishedAt,
        due_at: p.dueAt,
        lease_until: null,
        reason: p.reason,
        error: p.error,
      })
      .where('id', '=', p.id),
  );
  const settle = async (tx: Tx, rows: readonly SettleRow[]): Promise<boolean[]> => {
    await tx.each(unguarded, rows);
    return rows.map(() => true);
  };
  Object.assign(statements, { settle });
}

/**
 * 20 to 80 ms of waiting; some jobs also block their process. In the control they do so for much longer than its lease,
 * and seldom enough that another worker is free to take the job meanwhile.
 */
async function work(n: number): Promise<void> {
  await pause(systemClock, 20 + (n % 7) * 10);
  const [each, forMs] = control ? [20, 2_000] : [10, 50];
  if (n % each === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

/** A producer knows the type as well, as the web process of a site does. */
function register(core: Core): void {
  core.registry.register({
    type: 'crash',
    plugin: null,
    options: {},
    enter: (fn) => fn(),
    processor: async (data, id, _attempt, job) => {
      const { run } = core.worker.attempts.get(id)?.claim ?? { run: 0 };
      note(`R ${id} ${run}`);
      const { n, isPoison } = data as { n: number; isPoison: boolean };
      if (isPoison) {
        note(`D ${id} ${run}`);
        process.kill(process.pid, 'SIGKILL');
      }
      await work(n);
      note(`${job.signal.aborted ? 'B' : 'E'} ${id} ${run}`);
      return { success: true };
    },
  });
}

async function worker(): Promise<void> {
  const core = await open();
  core.startListening();
  await core.startWorker();
  process.stdout.write('ready\n');
}

async function producer(): Promise<void> {
  const core = await open();
  process.stdout.write('ready\n');
  for (let n = orders.jobs; n > 0; n -= 1) {
    note(`A ${await add(core, n)} ${orders.slot}`);
    await pause(systemClock, orders.pace);
  }
  process.stdout.write('done\n');
  process.exit(0);
}

/** Asks again, with the same key, until the job is acknowledged. */
async function add(core: Core, n: number): Promise<string> {
  const job = {
    type: 'crash',
    data: { n, isPoison: orders.poison?.includes(n) ?? false },
    idempotencyKey: `${process.pid}-${n}`,
  };
  for (;;) {
    try {
      return (await core.queue.add(job, { plugin: null })).id;
    } catch (error) {
      if (!(error instanceof JobsError && error.code === 'UNAVAILABLE')) throw error;
      await pause(systemClock, 50);
    }
  }
}

await (orders.role === 'worker' ? worker() : producer());
