// For tests of job.once(): the core whose one type does what a test says, and what it has left behind.
import type { RunningJob } from '@phraseworks/sdk';
import { type CoreKit, type CoreKitOptions, openCore } from './core-kit.ts';

type Work = (job: RunningJob, attempt: number) => Promise<unknown>;

export interface ReceiptRig extends AsyncDisposable {
  kit: CoreKit;
  /** Runs a job to its end; its processor is `work`, whose answer is the result. */
  run(work: Work, options?: { maxRetries?: number }): Promise<string>;
  resultOf(id: string): Promise<unknown>;
  receipts(id: string): ReturnType<CoreKit['core']['reads']['receipts']>;
  /** `level message` */
  logOf(id: string): Promise<string[]>;
  /** As after a process that died in the middle: the claim is another one, the receipt is still open. */
  leaveBehind(id: string, key: string): Promise<unknown>;
  /** Another process has the job now. */
  takeOver(id: string): Promise<unknown>;
}

export async function openReceiptRig(options: CoreKitOptions = {}): Promise<ReceiptRig> {
  const kit = await openCore(options);
  const { db } = kit.dialect;
  return {
    kit,
    run: async (work, more = {}) => {
      kit.register('work', async (_data, _id, attempt, job) => ({ success: true, result: await work(job, attempt) }));
      await kit.core.startWorker();
      const id = await kit.add({ type: 'work', data: {}, maxRetries: 2, retryDelay: 10, ...more });
      await kit.idle();
      for (let i = 0; i < 3; i += 1) await kit.clock.advance(1_000);
      return id;
    },
    resultOf: async (id) => JSON.parse((await kit.row(id)).result ?? 'null') as unknown,
    receipts: (id) => kit.core.reads.receipts(id),
    logOf: async (id) => (await kit.core.reads.logs(id)).map(({ level, message }) => `${level} ${message}`),
    leaveBehind: (id, key) =>
      db
        .insertInto('pwj_receipts')
        .values({ job_id: id, key, state: 'pending', result: null, attempt: 1, run: 0, at: kit.clock.now() })
        .execute(),
    takeOver: (id) => db.updateTable('pwj_jobs').set({ node: 'other', run: 99 }).where('id', '=', id).execute(),
    [Symbol.asyncDispose]: () => kit.close(),
  };
}
