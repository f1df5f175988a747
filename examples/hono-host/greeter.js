// A plugin of the application's own: config, checked data, a schedule, a hook, a route.
import { definePlugin } from '@phraseworks/sdk';
import { z } from 'zod';

export default definePlugin({
  name: 'greeter',
  config: z.object({ greeting: z.string().default('Hello') }),
  async init(ctx) {
    const greet = async ({ name }) => ({ success: true, message: `${ctx.config.greeting} ${name}` });
    ctx.registerProcessor('greet', greet, { data: z.object({ name: z.string().min(1) }), maxRetries: 2 });
    const jobData = { type: 'greet', data: { name: 'world' } };
    await ctx.scheduleJob({ name: 'morning', schedule: '0 9 * * *', jobData });
    ctx.addAction('job:failed', ({ jobId, error }) => ctx.log.warn('the greeting failed', jobId, error));
    ctx.routes.get('/greeting', (c) => c.text(ctx.config.greeting));
  },
});
