// A host in plain JavaScript: imports the packed packages and runs one job on an in-memory database.
import { EventEmitter, once } from 'node:events';
import { createJobs } from '@phraseworks/jobs';
import { definePlugin } from '@phraseworks/sdk';

const finished = new EventEmitter();
const firstResult = once(finished, 'job');

const greeter = definePlugin({
  name: 'greeter',
  version: '1.0.0',
  init(ctx) {
    ctx.registerProcessor('greet', async ({ name }) => ({ success: true, result: `Hello ${name}` }));
    ctx.addAction('job:completed', ({ result }) => finished.emit('job', result));
  },
});

// The names of the plugins that are packed beside us.
const packed = Object.fromEntries(process.argv.slice(2).map((name) => [name, true]));
const jobs = await createJobs({ database: 'sqlite::memory:', plugins: { ...packed, greeter: { use: greeter } } });
await jobs.start();
await jobs.addJob({ type: 'greet', data: { name: 'Ada' } });
const [result] = await firstResult;
const states = Object.fromEntries((await jobs.plugins.list()).map(({ name, state }) => [name, state]));
console.log(JSON.stringify({ result, states }));
await jobs.stop();
