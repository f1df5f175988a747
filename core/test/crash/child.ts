// A process that is meant to be killed: `child.ts worker|producer FILE LEDGER [control]`. It tells what it did in a ledger outside the database.
import { appendFileSync } from 'node:fs';
import { pause, systemClock, systemRandom } from '../../src/clock.ts';
import { resolveSettings } from '../../src/config.ts';
import { openDatabase } from '../../src/db/open.ts';
import { prepare } from '../../src/db/prepared.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { Ids } from '../../src/id.ts';
import { createLogger } from '../../src/logger.ts';

const [role, file = '', ledger = '', mode] = process.argv.slice(2);
const control = mode === 'control';

/** One write per line: what stands there has happened. The monotonic clock is the same in all processes of a machine. */
const note = (line: string): void => appendFileSync(ledger, `${line} ${process.hrtime.bigint()} ${process.pid}\n`);

async function open(): Promise<Engine> {
  const settings = resolveSettings({
    queue: { maxQueueSize: 100_000, pollInterval: 50, sweepInterval: control ? 100 : 500 },
  });
  // The control gets a lease that is too short on purpose, which the settings refuse.
  if (control) settings.queue.leaseDuration = 300;
  const dialect = await openDatabase(`sqlite:${file}`, systemClock, systemRandom);
  const engine = await createEngine({
    dialect,
    settings,
    clock: systemClock,
    random: systemRandom,
    ids: new Ids(systemClock, systemRandom),
    log: createLogger('silent'),
    hooks: { has: () => false, applyFilters: async (_name, job) => job },
    onRemoved: async () => {},
    alsoPrune: async () => {},
    onChange: async () => {},
  });
  if (control) takeTokenCheckOut(engine);
  await engine.open();
  return engine;
}

/** The control: an outcome is written without asking who holds the job. */
function takeTokenCheckOut(engine: Engine): void {
  const { db } = engine.ledger.dialect;
  engine.writes.statements.settle = prepare((p) =>
    db
      .updateTable('pwj_jobs')
      .set({
        state: p.state,
        attempt: p.attempt,
        crashes: p.crashes,
        finished_at: p.finishedAt,
        lease_until: null,
        reason: p.reason,
        error: p.error,
      })
      .where('id', '=', p.id),
  );
}

/** 20 to 80 ms of waiting; one job in ten also blocks its process for longer than the lease of the control. */
async function work(n: number): Promise<void> {
  await pause(systemClock, 20 + (n % 7) * 10);
  if (n % 10 === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, control ? 700 : 50);
}

async function worker(): Promise<void> {
  const engine = await open();
  engine.registry.register({
    type: 'crash',
    plugin: null,
    options: {},
    enter: (fn) => fn(),
    processor: async (data, id, _attempt, job) => {
      const { run } = engine.worker.attempt(id)?.claim ?? { run: 0 };
      note(`R ${id} ${run}`);
      await work((data as { n: number }).n);
      note(`${job.signal.aborted ? 'B' : 'E'} ${id} ${run}`);
      return { success: true };
    },
  });
  engine.startListening();
  await engine.startWorker();
  process.stdout.write('ready\n');
}

async function producer(): Promise<void> {
  const engine = await open();
  process.stdout.write('ready\n');
  for (let n = Number(mode === 'control' ? process.argv[6] : mode); n > 0; n -= 1) {
    const job = await engine.queue.add({ type: 'crash', data: { n } }, { plugin: null });
    note(`A ${job.id} 0`);
    await pause(systemClock, 6);
  }
  process.stdout.write('done\n');
  process.exit(0);
}

await (role === 'worker' ? worker() : producer());
