// The process that works on pictures, started by pool.ts. Only this process loads sharp, with most of its loaders disabled.
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

/** Everything needed to make the files of one job. */
export interface Task {
  jobId: string;
  data: ImageJobData;
  source: Buffer;
  config: Pick<ImageConfig, 'limits' | 'font'>;
}

/** From the host: a job, or the answer to a question. */
export type Order = { task: Task } | { answer: number; value?: unknown };

/** Asks for what only the host can do: assign a core, store progress, read another picture. */
export type Question = { turn: true } | { progress: Progress } | { mark: Watermark };

/** To the host. `turnOver` has the id of the question that got the core. */
export type Report =
  | { ask: Question; id: number }
  | { turnOver: number }
  | { made: Rendered }
  | { failed: { code?: FailureCode; message: string } };

/** Milliseconds between checks of the memory during a job. */
const LOOK = 250;

const open = new Map<number, (value: unknown) => void>();
let asked = 0;

const report = (message: Report): void => void process.send?.(message, () => {});

function ask(question: Question): { id: number; answer: Promise<unknown> } {
  const id = ++asked;
  const answer = new Promise((resolve) => open.set(id, resolve));
  report({ ask: question, id });
  return { id, answer };
}

/** Runs `work` once the host assigns a core. */
async function turn<T>(work: () => Promise<T>): Promise<T> {
  const { id, answer } = ask({ turn: true });
  await answer;
  try {
    return await work();
  } finally {
    report({ turnOver: id });
  }
}

/** The host kills this process once it has told of its failure. */
function tell(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  report({ failed: error instanceof ImageFailure ? { code: error.code, message } : { message } });
}

function checkMemory(most: number): void {
  if (process.memoryUsage.rss() <= most) return;
  const needs = `the job needs more memory than config.limits.maxMemory (${most} bytes)`;
  tell(new ImageFailure('TOO_MUCH_MEMORY', `${needs}: ask for fewer or smaller files, or raise the limit`));
}

async function make({ jobId, data, source, config }: Task): Promise<void> {
  // biome-ignore lint/style/noRestrictedGlobals: this process has no clock of the host
  const look = setInterval(() => checkMemory(config.limits.maxMemory), LOOK);
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
    tell(error);
  } finally {
    clearInterval(look);
  }
}

/** If the machine runs out of memory, Linux should kill this process and not the host. */
function endFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500');
  } catch {
    // Not Linux, or not allowed.
  }
}

useThreads(Number(process.argv[2]));
endFirst();

process.on('message', (order: Order) => {
  if ('task' in order) void make(order.task);
  if ('answer' in order) {
    open.get(order.answer)?.(order.value);
    open.delete(order.answer);
  }
});
// A plain exit would wait for the threads that work on a picture.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// Terminals and systemd send these to every process at once, but the host decides when its jobs end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
