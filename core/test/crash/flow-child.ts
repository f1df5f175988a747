// A process that adds or runs jobs with keys and limits, and notes in a ledger outside the database what it did; workers are meant to be killed.
import { appendFileSync } from 'node:fs';
import { pause, systemClock } from '../../src/kernel/clock.ts';
import type { FlowOrders } from './flow-storm.ts';
import { FLOW } from './flow-types.ts';
import { realCore } from './real-core.ts';

const orders = JSON.parse(process.argv[2] ?? '') as FlowOrders;

// The test has ended, however it did: without this, the process would run on.
process.stdin.resume().once('end', () => process.exit(1));

const note = (...parts: (string | number)[]): void =>
  appendFileSync(orders.ledger, `${parts.join(' ')} ${process.hrtime.bigint()} ${process.pid}\n`);

interface Data {
  key: string;
  n: number;
}

const core = await realCore(orders.database, { sweepInterval: 500 });
for (const [type, { options }] of Object.entries(FLOW))
  core.registry.register({
    type,
    plugin: null,
    options: { retryDelay: 50, ...(orders.control ? {} : options) },
    enter: (fn) => fn(),
    processor: async (data, id, attempt) => {
      const { key, n } = data as Data;
      note('R', id, type, key, n);
      await pause(systemClock, 1 + (n % 5) * 3);
      note('E', id, type, key, n);
      if (n % 17 === 0 && attempt === 1) throw new Error('once');
      return { success: true };
    },
  });
await core.open();
process.stdout.write('ready\n');

if (orders.role === 'worker') {
  core.startListening();
  await core.startWorker();
} else {
  const types = Object.entries(FLOW).flatMap(([type, { weight }]) => Array<string>(weight).fill(type));
  for (let n = 1; n <= orders.jobs; n += 1) {
    // Each producer has keys of its own, so that it knows the order in which they were added.
    const type = types[(n * 7) % types.length] as string;
    const key = `${orders.slot}-${n % (FLOW[type]?.keys ?? 1)}`;
    const data = { key: FLOW[type]?.inOrder || FLOW[type]?.latest ? key : key.slice(2), n } satisfies Data;
    const job = await core.queue.add({ type, data }, { plugin: null });
    note('A', job.id, type, data.key, n, job.outcome ?? 'added');
    if (n % orders.burst === 0) await pause(systemClock, orders.pace);
  }
  process.stdout.write('done\n');
  process.exit(0);
}
