// A process that runs jobs whose steps sleep and wait, or adds them and sends their signals; it notes outside the database what it did. Workers
// are meant to be killed.
import { appendFileSync } from 'node:fs';
import { pause, systemClock } from '../../src/kernel/clock.ts';
import { realCore } from './real-core.ts';
import type { StepOrders } from './steps-storm.ts';

const orders = JSON.parse(process.argv[2] ?? '') as StepOrders;

// The test has ended, however it did: without this, the process would run on.
process.stdin.resume().once('end', () => process.exit(1));

/** An effect of the job, or what became of a signal. */
const note = (mark: string, id: string, word: string): void => appendFileSync(orders.ledger, `${mark} ${id} ${word}\n`);

const core = await realCore(orders.database, { sweepInterval: 500, maxConcurrentJobs: 20 });
core.registry.register({
  type: 'story',
  plugin: null,
  options: { retryDelay: 50, maxRetries: 5 },
  enter: (fn) => fn(),
  processor: async (data, id, _attempt, { once, sleep, waitFor }) => {
    const { isTimed } = data as { isTimed: boolean };
    const effect = async (word: string): Promise<void> => {
      note('E', id, word);
      await pause(systemClock, 5);
    };
    const step = (word: string) => (orders.control ? effect(word) : once(word, () => effect(word)));
    await step('first');
    await sleep('nap', 100);
    await step('second');
    const got = await (isTimed ? waitFor('go', { timeout: 300 }) : waitFor('go'));
    await step('third');
    return { success: true, result: { got } };
  },
});
await core.open();
process.stdout.write('ready\n');

/** Two signals at the same moment, at a time that depends on the number: before the wait, during it, or about its end. */
async function send(id: string, n: number): Promise<void> {
  await pause(systemClock, (n * 37) % 700);
  await Promise.all(
    [1, 2].map((which) =>
      core.signals.send(id, 'go', n * 10 + which).then(
        () => note('S', id, String(n * 10 + which)),
        () => note('R', id, String(n * 10 + which)),
      ),
    ),
  );
}

if (orders.role === 'worker') {
  core.startListening();
  await core.startWorker();
} else {
  const sending: Promise<void>[] = [];
  for (let n = 1; n <= orders.jobs; n += 1) {
    const { id } = await core.queue.add({ type: 'story', data: { isTimed: n % 3 === 0 } }, { plugin: null });
    note('A', id, String(n));
    sending.push(send(id, n));
    await pause(systemClock, orders.pace);
  }
  await Promise.all(sending);
  process.stdout.write('done\n');
  process.exit(0);
}
