// Processes for pictures, started with the first job and kept warm for a while. A crash, hang or leak affects one job only;
// in a thread, a crash of the library would end the host.
import { type ChildProcess, fork } from 'node:child_process';
import { type PluginClock, type RunningJob, systemCode } from '@phraseworks/sdk';
import type { ImageConfig } from './config.ts';
import { ImageFailure } from './failure.ts';
import type { Rendered } from './rendered.ts';
import type { ReadMark } from './watermark.ts';
import type { Order, Question, Report, Task } from './worker.ts';

/** One more picture at a time would gain little and cost its memory. */
const MOST = 3;

interface Share {
  /** Pictures worked on at the same time. */
  slots: number;
  /** Threads that the library may use for each. */
  threads: number;
}

/** Never more than `cores` threads in all. */
export function shareOf(cores: number): Share {
  const slots = Math.min(cores, MOST);
  return { slots, threads: Math.floor(cores / slots) };
}

export interface Gate {
  /** Runs `work` once a slot is free. If the signal has fired by then, throws its reason instead. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export function gateOf(slots: number): Gate {
  let free = slots;
  const line: (() => void)[] = [];

  return {
    async run(signal, work) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => line.push(resolve));
      try {
        signal.throwIfAborted();
        return await work();
      } finally {
        // Hand the slot straight to the next in line, so that nothing can get in between.
        const next = line.shift();
        if (next) next();
        else free++;
      }
    },
  };
}

const FROM_SOURCE = import.meta.url.endsWith('.ts');
const FILE = new URL(FROM_SOURCE ? './worker.ts' : './worker.js', import.meta.url);

/** Milliseconds without a job after which a process ends. */
const IDLE = 30_000;

/** What the host offers a job: its signal and progress, and pictures that only the host may read. */
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

/** Runs one job in a process until the first of: success, failure, a limit, an abort, the end of the process. */
function work(child: ChildProcess, task: Task, { signal, progress, readMark }: Host, gate: Gate, clock: PluginClock) {
  const { time } = task.config.limits;
  /** By the id of the question: releases its core. */
  const turns = new Map<number, () => void>();
  const over = new AbortController();

  return new Promise<Rendered>((resolve, reject) => {
    const ended = (why: string | number | null): void =>
      reject(
        new ImageFailure('PROCESS_ENDED', `the process that worked on the picture ended before it was done (${why})`),
      );

    /** The process holds the core until it ends its turn. */
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
      else {
        const { code, message } = report.failed;
        reject(code === undefined ? new Error(message) : new ImageFailure(code, message));
      }
    }

    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { signal: over.signal });
    child.on('message', hear);
    child.on('exit', (code, killedBy) => ended(killedBy ?? code));
    child.on('error', (error) => ended(`could not be started${systemCode(error)}`));
    send(child, { task });
  }).finally(() => {
    over.abort(new Error('the job has ended'));
    for (const giveBack of turns.values()) giveBack();
    child
      .removeAllListeners('message')
      .removeAllListeners('exit')
      .removeAllListeners('error')
      .on('error', () => {});
  });
}

/** Each job has a process to itself while it runs; after a failure the process is killed. */
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
    // Neither may keep the host alive.
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
