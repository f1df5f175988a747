// Work for tests of the command line: a job with progress, one that fails, one that runs until it is cancelled, and a schedule.
import { definePlugin } from '@phraseworks/sdk';
import { z } from 'zod';

export default definePlugin({
  name: 'steps',
  config: z.object({ speed: z.number().min(1).default(3) }),
  async init(ctx) {
    ctx.registerProcessor(
      'count',
      async ({ to }: { to: number }, _id, _attempt, job) => {
        for (let n = 1; n <= to; n += 1) {
          job.progress({ percentage: (n / to) * 100, processed: n, total: to, message: 'counting' });
          await new Promise((resolve) => setTimeout(resolve, 250));
        }
        job.log.info('counted');
        return { success: true, message: `counted to ${to}` };
      },
      { data: z.object({ to: z.number().int() }) },
    );
    ctx.registerProcessor('broken', async () => ({ success: false, error: 'the disk is full', retryable: false }));
    ctx.registerProcessor(
      'hold',
      (_data, _id, _attempt, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    // Not once a day: it must not fire while a test runs.
    await ctx.scheduleJob({ name: 'nightly', schedule: '0 3 29 2 *', jobData: { type: 'count', data: { to: 1 } } });
  },
});
