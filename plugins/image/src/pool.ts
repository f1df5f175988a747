// Processes for pictures: started with the first job and kept warm for a while. What crashes, hangs or grows there ends one job only.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import type { PluginClock, RunningJob } from '@phraseworks/sdk';
import { systemCode } from '@phraseworks/sdk';
import type { ImageConfig } from './config.ts';
import { ImageFailure } from './failure.ts';
import type { Gate } from './gate.ts';
import { gateOf, shareOf } from './gate.ts';
import type { Rendered } from './rendered.ts';
import type { ReadMark } from './watermark.ts';
import type { Order, Question, Report, Task } from './worker.ts';

const FROM_SOURCE = import.meta.url.endsWith('.ts');
const FILE = new URL(FROM_SOURCE ? './worker.ts' : './worker.js', import.meta.url);

/** Milliseconds without a job after which a process ends. */
const IDLE = 30_000;
/** Milliseconds between two looks at the memory of a process that works. */
const LOOK = 250;

/** What a job has in the host: its signal and progress, and the pictures that only the host may read. */
export interface Host extends Pick<RunningJob, 'signal' | 'progress'> {
  readMark: ReadMark;
}

export interface Pool {
  /** Makes the files of a job. Rejects with `ImageFailure`, or with the reason of the job's signal. */
  render(task: Omit<Task, 'config'>, host: Host): Promise<Rendered>;
  /** Ends every process. */
  close(): void;
}

function start(threads: number): ChildProcess {
  return fork(FILE, [String(threads)], {
    execArgv: FROM_SOURCE ? ['--import', import.meta.resolve('tsx')] : [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

const send = (child: ChildProcess, order: Order): void => void child.send(order, () => {});

/** One job in a process, until the first of: its files, a failure, a limit, an abort, the end of the process. */
function work(child: ChildProcess, task: Task, { signal, progress, readMark }: Host, gate: Gate, clock: PluginClock) {
  const { time, maxMemory } = task.config.limits;
  /** By the number of the question: gives a core back. */
  const turns = new Map<number, () => void>();
  const over = new AbortController();
  let stopLooking = (): void => {};

  return new Promise<Rendered>((resolve, reject) => {
    const ended = (why: string | number | null): void =>
      reject(
        new ImageFailure('PROCESS_ENDED', `the process that worked on the picture ended before it was done (${why})`),
      );

    function look(): void {
      stopLooking = clock.after(LOOK, () => {
        send(child, { measure: true });
        look();
      });
    }

    /** The core belongs to the process until it ends its turn. */
    const turn = (id: number): Promise<void> =>
      gate.run(over.signal, () => {
        const cancel = clock.after(time, () =>
          reject(new ImageFailure('TOO_SLOW', `a step took longer than config.limits.time (${time} ms)`)),
        );
        send(child, { answer: id });
        return new Promise<void>((done) => turns.set(id, done)).finally(cancel);
      });

    async function answer(id: number, question: Question): Promise<void> {
      if ('turn' in question) return turn(id);
      const value = 'mark' in question ? await readMark(question.mark) : await progress(question.progress);
      send(child, { answer: id, value });
    }

    function hear(report: Report): void {
      if ('ask' in report) answer(report.id, report.ask).catch(reject);
      else if ('turnOver' in report) turns.get(report.turnOver)?.();
      else if ('made' in report) resolve(report.made);
      else if ('failed' in report) {
        const { code, message } = report.failed;
        reject(code === undefined ? new Error(message) : new ImageFailure(code, message));
      } else if (report.rss > maxMemory) {
        const needs = `the job needs more memory than config.limits.maxMemory (${maxMemory} bytes)`;
        reject(new ImageFailure('TOO_MUCH_MEMORY', `${needs}: ask for fewer or smaller files, or raise the limit`));
      }
    }

    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { signal: over.signal });
    child.on('message', hear);
    child.on('exit', (code, killedBy) => ended(killedBy ?? code));
    child.on('error', (error) => ended(`could not be started${systemCode(error)}`));
    send(child, { task });
    look();
  }).finally(() => {
    over.abort(new Error('the job is over'));
    stopLooking();
    for (const giveBack of turns.values()) giveBack();
    child
      .removeAllListeners('message')
      .removeAllListeners('exit')
      .removeAllListeners('error')
      .on('error', () => {});
  });
}

/** Each job has a process of its own as long as it lasts; one that failed takes its process with it. */
export function poolOf(config: Pick<ImageConfig, 'cores' | 'limits' | 'font'>, clock: PluginClock): Pool {
  const { slots, threads } = shareOf(config.cores);
  const gate = gateOf(slots);
  const all = new Set<ChildProcess>();
  /** Warm processes, each with what stops its timer. */
  const idle = new Map<ChildProcess, () => void>();
  const { limits, font } = config;

  function end(child: ChildProcess): void {
    idle.get(child)?.();
    idle.delete(child);
    all.delete(child);
    child.kill('SIGKILL');
  }

  function take(): ChildProcess {
    for (const [child, stopTimer] of idle) {
      stopTimer();
      idle.delete(child);
      if (!child.connected) continue;
      child.ref();
      child.channel?.ref();
      return child;
    }
    const child = start(threads);
    all.add(child);
    return child;
  }

  function rest(child: ChildProcess): void {
    // Neither holds a host open that is done.
    child.unref();
    child.channel?.unref();
    idle.set(
      child,
      clock.after(IDLE, () => end(child)),
    );
    child.once('exit', () => end(child));
  }

  return {
    async render(task, host) {
      const child = take();
      try {
        const made = await work(child, { ...task, config: { limits, font } }, host, gate, clock);
        rest(child);
        return made;
      } catch (error) {
        end(child);
        throw error;
      }
    },
    close() {
      for (const child of [...all]) end(child);
    },
  };
}
