// A plugin of the application's own: one type, checked data, progress, a schedule, a hook.
import { definePlugin } from '@phraseworks/sdk';
import { z } from 'zod';

export default definePlugin({
  name: 'greeter',
  config: z.object({ greeting: z.string().default('Hello') }),
  async init(ctx) {
    const greet = async ({ name }, _jobId, _attempt, job) => {
      await job.progress({ percentage: 50, message: 'looking for words' });
      return { success: true, message: `${ctx.config.greeting} ${name}` };
    };
    ctx.registerProcessor('greet', greet, { data: z.object({ name: z.string().min(1) }), maxRetries: 2 });
    await ctx.scheduleJob({
      name: 'morning',
      schedule: '0 9 * * *',
      jobData: { type: 'greet', data: { name: 'world' } },
    });
    ctx.addAction('job:failed', ({ jobId, error }) => ctx.log.warn('nobody was greeted', jobId, error));
  },
});
