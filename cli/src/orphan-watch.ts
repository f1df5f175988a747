// Ends a worker process whose supervisor is gone while its event loop is blocked: then nobody else would.
import { Worker } from 'node:worker_threads';
import type { Clock } from '@phraseworks/jobs/internals/base';
import { PING_EVERY } from './worker-process.ts';

/** Of a thread, since the event loop of the process does not run. Text, so that it needs neither a file nor a loader. */
const THREAD = `
const { workerData: { parent, beats, every, hungAfter } } = require('node:worker_threads');
let last = -1;
let unanswered = 0;
setInterval(() => {
  const beat = Atomics.load(beats, 0);
  unanswered = process.ppid === parent || beat !== last ? 0 : unanswered + 1;
  last = beat;
  if (unanswered * every >= hungAfter) process.kill(process.pid, 'SIGKILL');
}, every);
`;

/** Does for an orphan what the supervisor does with its pings. `hungAfter` is in milliseconds. */
export function watchForOrphan(hungAfter: number, clock: Clock): void {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const beat = (): void => {
    Atomics.add(beats, 0, 1);
    clock.after(PING_EVERY, beat);
  };
  beat();
  const thread = new Worker(THREAD, {
    eval: true,
    execArgv: [],
    workerData: { parent: process.ppid, beats, every: PING_EVERY, hungAfter },
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 },
  });
  thread.unref();
  // Without it the process works all the same.
  thread.on('error', () => {});
}
