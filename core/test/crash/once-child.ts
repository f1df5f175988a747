// A process of the crash test of job.once(): writes letters, each noted in a file outside the database, and stops at the step that its argument names.
import { appendFileSync } from 'node:fs';
import { pause, systemClock } from '../../src/kernel/clock.ts';
import { realCore } from './real-core.ts';

export interface Letters {
  database: string;
  /** One line for each letter that was written. */
  effects: string;
  letters: number;
  /** Stand still between this letter and its receipt; null: never. */
  hangAt: number | null;
  uncertain: 'again' | 'fail';
  /** Adds the job. */
  add: boolean;
}

const { database, effects, letters, hangAt, uncertain, add } = JSON.parse(process.argv[2] ?? '') as Letters;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const core = await realCore(database, { sweepInterval: 200 });
core.registry.register({
  type: 'letters',
  plugin: null,
  options: {},
  enter: (fn) => fn(),
  processor: async (_data, _id, _attempt, job) => {
    const written: number[] = [];
    for (let n = 0; n < letters; n += 1) {
      const write = async (): Promise<number> => {
        appendFileSync(effects, `${n}\n`);
        say(`written ${n}`);
        if (n === hangAt) await new Promise(() => {});
        // What the world takes to answer: time to be killed in.
        await pause(systemClock, 5);
        return n;
      };
      written.push(await job.once(`letter/${n}`, write, { uncertain }));
    }
    return { success: true, result: written.length };
  },
});
core.ledger.feed.onCommit((events) => {
  for (const { event } of events)
    if (event.event === 'job_completed' || event.event === 'job_failed') say(`over ${event.event}`);
});
await core.open();
core.startListening();
if (add) say(`job ${(await core.queue.add({ type: 'letters', data: {}, timeout: 600_000 }, { plugin: null })).id}`);
await core.startWorker();
say('ready');
// Keeps the process alive until it is killed, like one that hangs.
setInterval(() => {}, 60_000);
