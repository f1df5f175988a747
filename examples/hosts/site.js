// What all these hosts share: a job type, and a token that may do everything.
import { defineConfig } from '@phraseworks/jobs';
import { tokensOf } from '@phraseworks/plugin-sign-in';

const greeter = {
  name: 'greeter',
  init: (ctx) => void ctx.registerProcessor('greet', ({ name }) => `Hello ${name} from ${process.pid}`),
};

const userOf = (token) =>
  token === process.env.TOKEN ? { user: 'admin', may: ['view', 'add', 'operate', 'administer'] } : null;

export const site = defineConfig({
  database: process.env.DATABASE ?? 'sqlite:data/jobs.db',
  plugins: { 'sign-in': { use: tokensOf(userOf) }, dashboard: true, greeter: { use: greeter } },
});

/** Stops the host and then the jobs, which return to the queue. */
export function stopOnSignal(jobs, server) {
  process.once('SIGTERM', async () => {
    server?.close();
    await jobs.stop();
    process.exit(0);
  });
}
