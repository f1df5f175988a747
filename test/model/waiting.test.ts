// Random sequences of what happens to jobs that sleep and wait for signals, compared with a small model after each step. JOBS_MODEL_SEED runs
// one again, JOBS_MODEL_RUNS says how many.
import type { RunningJob } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { Chance } from './chance.ts';

const first = Number(process.env.JOBS_MODEL_SEED ?? 34_000);
const runs = Number(process.env.JOBS_MODEL_RUNS ?? (process.env.JOBS_MODEL_SEED ? 1 : 12));
/** Operations in a sequence. */
const LENGTH = 25;
/** Milliseconds: the clock moves by whole minutes. */
const MINUTE = 60_000;

type Step =
  | { kind: 'once'; key: string }
  | { kind: 'sleep'; key: string; minutes: number }
  | { kind: 'wait'; key: string; minutes: number | null }
  /** Runs until it is killed, the first time. */
  | { kind: 'hold'; key: string };

type State = 'running' | 'sleeping' | 'waiting' | 'completed' | 'cancelled';

/** What the promises say of a job; minutes count from the start of the sequence. */
class Model {
  readonly script: readonly Step[];
  state: State = 'running';
  /** How often each effect was done. */
  readonly effects = new Map<string, number>();
  got: unknown[] = [];
  /** The steps that are done, and until when others last. */
  #done = new Set<string>();
  #until = new Map<string, number | null>();
  #signals = new Map<string, unknown>();
  #held = new Set<string>();

  constructor(script: readonly Step[]) {
    this.script = script;
  }

  /** An attempt, from its start until it ends or is held. */
  run(now: number): void {
    this.got = [];
    for (const step of this.script) {
      const { key } = step;
      if (step.kind === 'once') {
        if (!this.#done.has(key)) this.effects.set(key, (this.effects.get(key) ?? 0) + 1);
        this.#done.add(key);
      } else if (step.kind === 'hold') {
        if (!this.#held.has(key)) {
          this.#held.add(key);
          this.state = 'running';
          return;
        }
      } else if (step.kind === 'wait' && this.#signals.has(key)) this.got.push(this.#signals.get(key));
      else if (!this.#done.has(key)) {
        const until = this.#until.get(key) ?? (step.minutes === null ? null : now + step.minutes);
        this.#until.set(key, until);
        // A sleep takes no signal, also none that came before.
        this.#signals.delete(key);
        if (until === null || until > now) {
          this.state = step.kind === 'sleep' ? 'sleeping' : 'waiting';
          return;
        }
        this.#done.add(key);
        if (step.kind === 'wait') this.got.push(null);
      } else if (step.kind === 'wait') this.got.push(null);
    }
    this.state = 'completed';
  }

  /** The step at which it is, if it sleeps or waits there. */
  get #at(): Step | undefined {
    return this.script.find(({ key, kind }) => kind !== 'once' && this.#until.has(key) && !this.#isPast(key));
  }

  #isPast(key: string): boolean {
    return this.#done.has(key) || this.#signals.has(key);
  }

  /** False if it is refused. */
  signal(key: string, data: unknown, now: number): boolean {
    if (this.state === 'completed' || this.state === 'cancelled') return false;
    const step = this.script.find((one) => one.key === key);
    const isBegun = this.#until.has(key) || this.#done.has(key);
    if (this.#signals.has(key) || (isBegun && (step?.kind !== 'wait' || this.#done.has(key)))) return false;
    const isHere = this.state === 'waiting' && this.#at?.key === key;
    this.#signals.set(key, data);
    if (isHere) this.run(now);
    return true;
  }

  /** Of the clock. */
  moved(now: number): void {
    const at = this.state === 'sleeping' || this.state === 'waiting' ? this.#at : undefined;
    const until = at && this.#until.get(at.key);
    if (until != null && until <= now) this.run(now);
  }

  cancel(): boolean {
    if (this.state === 'completed' || this.state === 'cancelled') return false;
    this.state = 'cancelled';
    return true;
  }

  retry(now: number): boolean {
    if (this.state !== 'completed' && this.state !== 'cancelled') return false;
    if (this.state === 'completed') {
      this.#done = new Set();
      this.#until = new Map();
      this.#signals = new Map();
    }
    this.run(now);
    return true;
  }

  runNow(now: number): boolean {
    if (this.state !== 'sleeping') return this.state === 'running';
    this.#done.add(this.#at?.key ?? '');
    this.run(now);
    return true;
  }
}

const STATUS: Record<State, string> = {
  running: 'processing',
  sleeping: 'pending',
  waiting: 'blocked',
  completed: 'completed',
  cancelled: 'cancelled',
};

function scriptOf(chance: Chance): Step[] {
  const holdAt = chance.below(8);
  return Array.from({ length: 2 + chance.below(4) }, (_, i): Step => {
    const key = `${i}`;
    if (i === holdAt) return { kind: 'hold', key };
    const kind = chance.pick(['once', 'sleep', 'wait', 'wait'] as const);
    const minutes = 1 + chance.below(3);
    if (kind === 'once') return { kind, key };
    return kind === 'sleep' ? { kind, key, minutes } : { kind, key, minutes: chance.is(0.5) ? minutes : null };
  });
}

interface World {
  jobs: TestJobs;
  /** Done effects, `id key`. */
  effects: string[];
}

async function openWorld(): Promise<World> {
  const jobs = await createTestJobs();
  const effects: string[] = [];
  const held = new Set<string>();
  const work = async ({ script }: { script: Step[] }, id: string, _attempt: number, job: RunningJob) => {
    const got: unknown[] = [];
    for (const step of script) {
      const { kind, key } = step;
      if (kind === 'once') await job.once(key, () => void effects.push(`${id} ${key}`));
      else if (kind === 'sleep') await job.sleep(key, step.minutes * MINUTE);
      else if (kind === 'wait')
        got.push(await job.waitFor(key, step.minutes === null ? {} : { timeout: step.minutes * MINUTE }));
      else if (!held.has(`${id} ${key}`)) {
        held.add(`${id} ${key}`);
        await new Promise((_, reject) => job.signal.addEventListener('abort', () => reject(job.signal.reason)));
      }
    }
    return { got };
  };
  jobs.registerProcessor('story', work as never, { timeout: 86_400_000 });
  return { jobs, effects };
}

/** Throws at the first difference; returns what was done. */
async function sequence(seed: number, done: string[]): Promise<void> {
  const chance = new Chance(seed);
  const { jobs, effects } = await openWorld();
  const models = new Map<string, Model>();
  let now = 0;
  /** Held attempts run, and keep neither the clock nor the test. */
  const running = () =>
    Promise.all([...models].flatMap(([id, { state }]) => (state === 'running' ? [jobs.running(id)] : [])));
  const settle = async (): Promise<void> => {
    await running();
    await jobs.advance(0);
  };
  const asked = async (work: Promise<unknown>): Promise<boolean> =>
    work.then(
      (answer) => answer !== false,
      () => false,
    );
  try {
    for (let n = 0; n < LENGTH; n += 1) {
      const kind =
        models.size === 0
          ? 'add'
          : chance.pick(['add', 'signal', 'signal', 'signal', 'clock', 'clock', 'cancel', 'retry', 'run', 'kill']);
      const [id, model] = chance.pick([...models]) ?? ['', new Model([])];
      const key = `${chance.below(6)}`;
      let expected = true;
      let answered = true;
      if (kind === 'add') {
        const script = scriptOf(chance);
        const job = await jobs.addJob({ type: 'story', data: { script } });
        const added = new Model(script);
        models.set(job.id, added);
        added.run(now);
      } else if (kind === 'signal') {
        expected = model.signal(key, n, now);
        answered = await asked(jobs.signalJob(id, key, n));
      } else if (kind === 'clock') {
        now += 1;
        for (const one of models.values()) one.moved(now);
        await Promise.all([jobs.advance(MINUTE), running()]);
      } else if (kind === 'cancel') {
        expected = model.cancel();
        answered = await asked(jobs.cancelJob(id));
      } else if (kind === 'retry') {
        expected = model.retry(now);
        answered = await asked(jobs.retryJob(id));
      } else if (kind === 'run') {
        expected = model.runNow(now);
        answered = await asked(jobs.runJob(id));
      } else if (model.state === 'running') {
        model.run(now);
        await jobs.loseLease(id);
      }
      done.push(
        `${n} ${kind} ${id.slice(-4)} ${kind === 'signal' ? key : ''} ${JSON.stringify(models.get(id)?.script ?? '')}`,
      );
      await settle();
      expect([kind, answered]).toEqual([kind, expected]);
      for (const [one, { state, got, effects: wanted }] of models) {
        const job = await jobs.getJobStatus(one);
        expect([one.slice(-4), job?.status]).toEqual([one.slice(-4), STATUS[state]]);
        if (state === 'completed') expect(job?.result).toEqual({ got });
        const own = effects.filter((effect) => effect.startsWith(one)).map((effect) => effect.split(' ')[1]);
        expect(own.sort()).toEqual([...wanted].flatMap(([word, times]) => Array<string>(times).fill(word)).sort());
      }
    }
  } finally {
    await jobs[Symbol.asyncDispose]();
  }
}

test('whatever happens to jobs that sleep and wait, they do and show what the model says', {
  timeout: 600_000,
}, async () => {
  for (let seed = first; seed < first + runs; seed += 1) {
    const done: string[] = [];
    await sequence(seed, done).catch((error: Error) => {
      expect.fail(`JOBS_MODEL_SEED=${seed} fails after\n${done.join('\n')}\n\n${error.message}`);
    });
  }
});
