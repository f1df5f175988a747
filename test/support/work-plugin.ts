// Work for tests with several processes: each line on standard output says what a processor did.
import { definePlugin, type RunningJob } from '@phraseworks/sdk';

const say = (word: string, what: string): void => void process.stdout.write(`${word} ${what}\n`);

/** Runs until its signal fires. */
const hold = (id: string, { signal }: RunningJob): Promise<never> =>
  new Promise((_, reject) => {
    const end = (): void => {
      say('aborted', `${id} ${signal.reason.why}`);
      reject(signal.reason);
    };
    if (signal.aborted) return end();
    signal.addEventListener('abort', end);
    say('running', id);
  });

export const work = definePlugin({
  name: 'work',
  init(ctx) {
    ctx.registerProcessor('quick', async (data) => ({ success: true, result: data }));
    ctx.registerProcessor('hold', (_data, id, _attempt, job) => hold(id, job));
    ctx.registerProcessor('take', async ({ ms }: { ms: number }, id) => {
      say('running', id);
      await new Promise((resolve) => setTimeout(resolve, ms));
    });
  },
});
