// A host in plain JavaScript: imports the packed packages and runs two jobs on an in-memory database.
import { EventEmitter, once } from 'node:events';
import { createJobs } from '@phraseworks/jobs';
import { definePlugin } from '@phraseworks/sdk';

const finished = new EventEmitter();
const greeted = once(finished, 'greet');
const mailed = once(finished, 'email');

const greeter = definePlugin({
  name: 'greeter',
  version: '1.0.0',
  init(ctx) {
    ctx.registerProcessor('greet', async ({ name }) => ({ success: true, result: `Hello ${name}` }));
    ctx.addAction('job:completed', ({ type, result }) => finished.emit(type, result));
    ctx.addAction('job:failed', ({ type, error }) => finished.emit(type, error));
  },
});

// The names of the plugins that are packed beside us.
const packed = Object.fromEntries(process.argv.slice(2).map((name) => [name, true]));
const jobs = await createJobs({ database: 'sqlite::memory:', plugins: { ...packed, greeter: { use: greeter } } });
await jobs.start();
await jobs.addJob({ type: 'greet', data: { name: 'Ada' } });
const [result] = await greeted;
// A processor that its package loads with its first job.
const { id } = await jobs.addJob({
  type: 'email',
  data: { to: 'ada@example.org', subject: 'Hello', text: 'Ada' },
  maxRetries: 0,
});
await mailed;
const mail = await jobs.getJobStatus(id);
const states = Object.fromEntries((await jobs.plugins.list()).map(({ name, state }) => [name, state]));
console.log(JSON.stringify({ result, mail: `${mail?.status} ${mail?.error ?? ''}`, states }));
await jobs.stop();
