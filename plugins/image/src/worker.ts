// The process that works on pictures, started by pool.ts. Only here is sharp loaded for jobs, and only here are its loaders cut down.
import { writeFileSync } from 'node:fs';
import type { Progress } from '@phraseworks/sdk';
import type { ImageConfig } from './config.ts';
import type { ImageJobData } from './data.ts';
import type { FailureCode } from './failure.ts';
import { ImageFailure } from './failure.ts';
import type { Watermark } from './operations.ts';
import { useThreads } from './pipeline.ts';
import type { Rendered } from './rendered.ts';
import { rendered } from './rendered.ts';

/** One job: all that is needed to make its files. */
export interface Task {
  jobId: string;
  data: ImageJobData;
  source: Buffer;
  config: Pick<ImageConfig, 'limits' | 'font'>;
}

/** From the host: a job, the answer to a question, or the question how much memory this process has. */
export type Order = { task: Task } | { answer: number; value?: unknown } | { measure: true };

/** What only the host can do: hand out a core, store progress, read another picture. */
export type Question = { turn: true } | { progress: Progress } | { mark: Watermark };

/** To the host. `turnOver` names the question by which the core was asked for. */
export type Report =
  | { ask: Question; id: number }
  | { turnOver: number }
  | { made: Rendered }
  | { failed: { code?: FailureCode; message: string } }
  | { rss: number };

const open = new Map<number, (value: unknown) => void>();
let asked = 0;

const report = (message: Report): void => void process.send?.(message, () => {});

function ask(question: Question): { id: number; answer: Promise<unknown> } {
  const id = ++asked;
  const answer = new Promise((resolve) => open.set(id, resolve));
  report({ ask: question, id });
  return { id, answer };
}

/** Works when the host says that a core is free. */
async function turn<T>(work: () => Promise<T>): Promise<T> {
  const { id, answer } = ask({ turn: true });
  await answer;
  try {
    return await work();
  } finally {
    report({ turnOver: id });
  }
}

async function make({ jobId, data, source, config }: Task): Promise<void> {
  try {
    const made = await rendered(source, data, {
      jobId,
      font: config.font,
      work: { limits: config.limits, turn },
      progress: async (progress) => void (await ask({ progress }).answer),
      readMark: async (mark) => (await ask({ mark }).answer) as Buffer,
    });
    report({ made });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    report({ failed: error instanceof ImageFailure ? { code: error.code, message } : { message } });
  }
}

/** Where the machine runs out of memory, Linux ends this process and not the host. */
function endFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500');
  } catch {
    // Another system, or one that does not allow it.
  }
}

useThreads(Number(process.argv[2]));
endFirst();

process.on('message', (order: Order) => {
  if ('task' in order) void make(order.task);
  if ('measure' in order) report({ rss: process.memoryUsage.rss() });
  if ('answer' in order) {
    open.get(order.answer)?.(order.value);
    open.delete(order.answer);
  }
});
// A plain exit would wait for the threads that work on a picture.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A terminal and systemd send these to every process at once: the host says when its jobs end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
