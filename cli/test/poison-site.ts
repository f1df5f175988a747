// A site with two worker processes and one job of each kind of poison among good ones: told by JSON which kinds.
import { EventEmitter } from 'node:events';
import { pause, systemClock } from '@phraseworks/jobs/internals/base';
import { definePlugin } from '@phraseworks/sdk';
import { startServer } from '../src/start.ts';

export interface PoisonOrders {
  database: string;
  good: number;
  kinds: readonly string[];
}

const { database, good, kinds } = JSON.parse(process.argv[2] ?? '') as PoisonOrders;
const soon = (fn: () => void): void => void setTimeout(fn, 5);
const forever = (): Promise<void> => new Promise(() => {});

/** What each of them does to the process that it runs in. */
const POISON: Record<string, () => unknown> = {
  'exit 0': () => process.exit(0),
  'exit 1': () => process.exit(1),
  abort: () => process.abort(),
  kill: () => process.kill(process.pid, 'SIGKILL'),
  heap: () => {
    const all: string[][] = [];
    for (;;) all.push(Array.from({ length: 100_000 }, (_, i) => `${i}`));
  },
  loop: () => {
    for (;;);
  },
  'blocked thread': () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  timer: () => {
    soon(() => {
      throw new Error('thrown in a timer');
    });
    return forever();
  },
  rejection: () => {
    soon(() => void Promise.reject(new Error('nobody awaits this')));
    return forever();
  },
  // After the end, but before the end is stored: another job may end this process at any time.
  'late rejection': () => void setImmediate(() => void Promise.reject(new Error('rejected after the end'))),
  emitter: () => {
    soon(() => void new EventEmitter().emit('error', new Error('an error that nobody listens for')));
    return forever();
  },
  recursion: () => {
    const deeper = (n: number): number => deeper(n + 1) + 1;
    return deeper(0);
  },
  'huge result': () => ({ success: true, result: 'x'.repeat(50_000_000) }),
  'closed output': () => {
    process.stdout.destroy();
    process.stdin.destroy();
  },
  'other folder': () => process.chdir('/'),
};

const poisoner = definePlugin({
  name: 'poisoner',
  init(ctx) {
    ctx.registerProcessor('good', () => pause(systemClock, 5));
    ctx.registerProcessor('poison', ({ kind }: { kind: string }) => POISON[kind]?.() as Promise<void>);
  },
});

await startServer({
  config: {
    database,
    authorize: () => true,
    queue: { maxQueueSize: 10_000, leaseDuration: 15_000, sweepInterval: 1_000, defaultRetries: 0 },
    plugins: { poisoner: { use: poisoner } },
  },
  baseDir: import.meta.dirname,
  args: ['--workers', '2'],
  onStarted: async ({ jobs }) => {
    const goodJobs = Array.from({ length: good / 2 }, () => ({ type: 'good', data: {} }));
    await jobs.addJobs(goodJobs);
    for (const kind of kinds) {
      const { id } = await jobs.addJob({ type: 'poison', data: { kind } });
      process.stdout.write(`poison ${kind}: ${id}\n`);
    }
    await jobs.addJobs(goodJobs);
    process.stdout.write('added\n');
  },
});
