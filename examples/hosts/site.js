// What all these hosts share: a job type, and a token that may do everything.
import { defineConfig } from '@phraseworks/jobs';

const greeter = {
  name: 'greeter',
  init: (ctx) => void ctx.registerProcessor('greet', ({ name }) => `Hello ${name} from ${process.pid}`),
};

export const site = defineConfig({
  database: process.env.DATABASE ?? 'sqlite:data/jobs.db',
  plugins: { dashboard: true, greeter: { use: greeter } },
  signIn: (token) =>
    token === process.env.TOKEN ? { user: 'admin', may: ['view', 'add', 'operate', 'administer'] } : null,
});

/** Stops the host and then the jobs, which return to the queue. */
export function stopOnSignal(jobs, server) {
  process.once('SIGTERM', async () => {
    server?.close();
    await jobs.stop();
    process.exit(0);
  });
}
