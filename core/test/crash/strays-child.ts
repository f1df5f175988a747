// A site whose plugin, jobs and host each make one mistake that no caller awaits; JSON says which. It reports what happened, and that it is still running.
import { createJobs, type JobsHost } from '@phraseworks/jobs';
import { definePlugin, type Processor } from '@phraseworks/sdk';

const mistake = process.argv[2] === undefined ? '' : (JSON.parse(process.argv[2]) as string);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const fail = (): never => {
  throw new Error('out of place');
};
const reject = async (): Promise<never> => fail();
/** Resolves after what is due now has had its turn, with errors that nothing caught. */
const later = (ms = 50): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs until its signal fires; a listener then fails. */
const failing =
  (listener: () => unknown): Processor =>
  (_data, _id, _attempt, { signal }) =>
    new Promise<void>((_, stop) => {
      signal.addEventListener('abort', listener);
      signal.addEventListener('abort', () => stop(signal.reason));
      say('runs');
    });

const plugin = definePlugin({
  name: 'shop',
  init(ctx) {
    if (mistake === 'a timer of init()') setTimeout(fail, 5);
    if (mistake === 'a promise of init()') setTimeout(() => void reject(), 5);
    if (mistake === 'a listener of ctx.signal') ctx.signal.addEventListener('abort', fail);
    if (mistake === 'a listener of ctx.signal that rejects') ctx.signal.addEventListener('abort', reject);
    if (mistake === 'a timer of onDisable()') ctx.onDisable(() => void setTimeout(fail, 1));
    if (mistake === 'a timer of a hook') ctx.addAction('job:completed', () => void setTimeout(fail, 1));
    if (mistake === 'a listener of the signal of a hook')
      ctx.addAction(
        'late',
        (_payload, signal) => {
          signal.addEventListener('abort', fail);
          return new Promise<void>(() => {});
        },
        { timeout: 5 },
      );
    ctx.routes.get('/stream', (c) =>
      c.body(
        new ReadableStream({
          start: (controller) => {
            controller.enqueue(new TextEncoder().encode('begun'));
            setTimeout(fail, 5);
          },
        }),
      ),
    );
    ctx.registerProcessor('throws', failing(fail));
    ctx.registerProcessor('rejects', failing(reject));
    ctx.registerProcessor('slow', failing(fail), { timeout: 50, maxRetries: 0 });
    ctx.registerProcessor('quick', async () => {}, {
      ...(mistake === 'a summary' ? { summary: reject as unknown as () => string } : {}),
    });
    ctx.registerProcessor('lazy', {
      lazy: async () => {
        setTimeout(fail, 1);
        return { default: async () => later(20) };
      },
    });
  },
});

const database = 'sqlite::memory:';
const nothing = (): void => {};
const broken = { debug: nothing, info: reject, warn: reject, error: reject };
const heard = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: (...line: unknown[]) => say(`error ${line.join(' ')}`),
};
const jobs = await createJobs({
  database,
  plugins: { shop: { use: plugin } },
  authorize: () => (mistake === 'authorize' ? reject() : true),
  log: mistake === 'the logger of the host' ? broken : heard,
});
await jobs.start();

const isOver = async (host: JobsHost, id: string): Promise<string> => {
  for (;;) {
    const job = await host.getJobStatus(id);
    if (job && !['pending', 'processing'].includes(job.status)) return job.status;
    await later(5);
  }
};
/** Runs a job of the type, does `act` while it runs, and says how it ended. */
async function whileRunning(type: string, act: (id: string) => unknown): Promise<void> {
  const { id } = await jobs.addJob({ type, data: {}, maxRetries: 0 });
  while ((await jobs.getJobStatus(id))?.status !== 'processing') await later(5);
  await later();
  await act(id);
  await later();
  const job = await jobs.getJobStatus(id);
  say(`job ${job?.status}`);
}

const acts: Record<string, () => unknown> = {
  'a listener of job.signal at a cancel': () => whileRunning('throws', (id) => jobs.cancelJob(id)),
  'a listener of job.signal that rejects': () => whileRunning('rejects', (id) => jobs.cancelJob(id)),
  'a listener of job.signal at a disabled plugin': () =>
    whileRunning('throws', () => jobs.plugins.disable('shop', { timeout: 0 })),
  'a listener of job.signal at a timeout': async () => {
    const { id } = await jobs.addJob({ type: 'slow', data: {} });
    say(`job ${await isOver(jobs, id)}`);
  },
  'a listener of job.signal at a stop': () => whileRunning('throws', () => jobs.stop({ timeout: 0 })).catch(() => {}),
  'a listener of ctx.signal': () => jobs.plugins.disable('shop'),
  'a listener of ctx.signal that rejects': () => jobs.plugins.disable('shop'),
  'a timer of onDisable()': () => jobs.plugins.disable('shop'),
  'a listener of the signal of a hook': () => jobs.doAction('late', {}),
  'a stream of a route': async () => {
    const response = await jobs.routes.request('/plugins/shop/stream');
    await response.body?.getReader().read();
  },
  authorize: async () => say(`answer ${(await jobs.routes.request('/api/jobs')).status}`),
  'a timer of a lazy loader': async () => isOver(jobs, (await jobs.addJob({ type: 'lazy', data: {} })).id),
};
const quick = async () => isOver(jobs, (await jobs.addJob({ type: 'quick', data: {} })).id);
await (acts[mistake] ?? quick)();
await later();
await jobs.stop().catch(nothing);
say('lives');
