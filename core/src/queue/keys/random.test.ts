// Random sequences of additions, ends, cancels, retries by hand and deletions of jobs with keys, in two processes, against a small model:
// states, order, outcomes, counts. KEYS_COUNT sequences per way to be unique, from KEYS_SEED on.
import { join } from 'node:path';
import { JobsError } from '@phraseworks/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { Chance } from '../../../../test/model/chance.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../../test/core-kit.ts';
import { KeyModel, MODES, type ModelJob, RETRY_DELAY, type State } from '../../../test/key-model.ts';

const FIRST = Number(process.env.KEYS_SEED ?? 1);
const COUNT = Number(process.env.KEYS_COUNT ?? 3);
const STEPS = 30;
const STORED: Record<State, readonly string[]> = {
  waiting: ['ready', 'scheduled'],
  blocked: ['blocked'],
  running: ['processing'],
  ending: ['cancelled'],
  completed: ['completed'],
  failed: ['failed'],
  cancelled: ['cancelled'],
};

interface Run {
  n: number;
  end: (succeeds: boolean) => void;
}

/** Two processes on one database, with types of each way to be unique. */
class Stage {
  readonly kits: readonly CoreKit[];
  /** Attempts that run, by job. */
  readonly runs = new Map<string, Run>();
  readonly wrong: string[] = [];
  isOver = false;

  constructor(kits: readonly CoreKit[]) {
    this.kits = kits;
    for (const kit of kits)
      for (const [mode, unique] of Object.entries(MODES))
        kit.register(mode, ((data: { n: number }, id: string) => this.#run(data.n, id)) as never, {
          key: ['key'],
          maxRetries: 1,
          retryDelay: RETRY_DELAY,
          ...(unique ? { unique } : {}),
        });
  }

  static async open(): Promise<Stage> {
    const path = join(await temporaryFolder(), 'jobs.db');
    const queue = { maxConcurrentJobs: 50, sweepInterval: 3_600_000, pollInterval: 50, leaseDuration: 86_400_000 };
    const one = await openCore({ path, queue });
    const stage = new Stage([one, await openCore({ path, queue, clock: one.clock })]);
    onTestFinished(async () => {
      stage.isOver = true;
      for (const { end } of stage.runs.values()) end(true);
      for (const kit of stage.kits) await kit.close();
    });
    for (const kit of stage.kits) await kit.core.startWorker();
    return stage;
  }

  get kit(): CoreKit {
    return this.kits[0] as CoreKit;
  }

  get now(): number {
    return this.kit.clock.now();
  }

  #run(n: number, id: string): Promise<void> | undefined {
    if (this.runs.has(id)) this.wrong.push(`${id} runs twice`);
    if (this.isOver) return undefined;
    return new Promise((resolve, reject) => {
      const end = (succeeds: boolean): void => {
        this.runs.delete(id);
        if (succeeds) resolve();
        else reject(new Error('no'));
      };
      this.runs.set(id, { n, end });
    });
  }

  /** Until nothing is under way in either process. */
  async rest(): Promise<void> {
    for (let round = 0; round < 2; round += 1) for (const kit of this.kits) await kit.idle();
  }
}

/** One sequence; its keys are its own. */
class Sequence {
  readonly #stage: Stage;
  readonly #mode: string;
  readonly #chance: Chance;
  readonly #model: KeyModel;
  readonly #keys: readonly string[];
  #n = 0;
  #last = '';

  constructor(stage: Stage, mode: string, seed: number) {
    this.#stage = stage;
    this.#mode = mode;
    this.#chance = new Chance(seed);
    this.#model = new KeyModel(MODES[mode] ?? null);
    this.#keys = ['a', 'b', 'c'].map((key) => `${seed} ${key}`);
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step += 1) {
      await this.#step();
      await this.#check(`step ${step}, ${this.#last}`);
    }
    for (let left = 0; left < 200 && this.#open().length > 0; left += 1) {
      for (const job of this.#model.running) this.#end(job, true);
      await this.#advance(1_000);
      await this.#check('the end');
    }
    expect(this.#open(), 'every job ends').toEqual([]);
  }

  #open(): ModelJob[] {
    return [...this.#model.jobs.values()].filter(({ state }) => !['completed', 'failed', 'cancelled'].includes(state));
  }

  async #step(): Promise<void> {
    const chance = this.#chance;
    const what = chance.below(20);
    const job = chance.pick([...this.#model.jobs.values()]);
    const running = chance.pick(this.#model.running);
    if (what < 8 || !job) await this.#add(1 + chance.below(3));
    else if (what < 13) {
      if (running) this.#end(running, !chance.is(0.4));
    } else if (what < 15) await this.#cancel(job);
    else if (what < 17) await this.#retry(job);
    else if (what < 18) await this.#remove(job);
    else await this.#advance(chance.pick([50, 200, 500, 1_000]));
  }

  async #add(many: number): Promise<void> {
    const { now, kits } = this.#stage;
    const delay = this.#chance.is(0.3) ? 300 : 0;
    const jobs = Array.from({ length: many }, () => {
      this.#n += 1;
      return { type: this.#mode, data: { key: this.#chance.pick(this.#keys), n: this.#n }, delay };
    });
    this.#last = `add ${JSON.stringify(jobs)}`;
    const kit = this.#chance.pick(kits);
    // A rejected job refuses all that are added with it, so those come one by one.
    const groups = MODES[this.#mode]?.onConflict === 'reject' ? jobs.map((job) => [job]) : [jobs];
    for (const group of groups) {
      const answers = await kit.core.queue.addMany(group, { plugin: null }).catch((error: unknown) => error);
      for (const [i, { data }] of group.entries()) {
        const { outcome, there } = this.#model.add(data.key, data.n, delay, now);
        if (outcome === 'rejected') {
          expect(answers, this.#last).toBeInstanceOf(JobsError);
          expect((answers as JobsError).message).toContain(there);
          continue;
        }
        const answer = (answers as { id: string; outcome: string }[])[i];
        expect([answer?.outcome, this.#last]).toEqual([outcome, this.#last]);
        if (there !== null) expect(answer?.id).toBe(there);
        else this.#model.added(answer?.id ?? '', data.key, data.n, delay, now);
      }
      this.#model.rest(now);
      await this.#stage.rest();
    }
  }

  #end(job: ModelJob, succeeds: boolean): void {
    this.#last = `${job.id} ${succeeds ? 'succeeds' : 'fails'}`;
    this.#stage.runs.get(job.id)?.end(succeeds);
    this.#model.ends(job, succeeds, this.#stage.now);
  }

  async #cancel(job: ModelJob): Promise<void> {
    this.#last = `cancel ${job.id}`;
    await this.#chance.pick(this.#stage.kits).core.actions.cancel(job.id, null);
    this.#model.cancel(job);
    if (job.state !== 'ending') return;
    await this.#check(`${this.#last}, which is still ending`);
    this.#end(job, true);
  }

  async #retry(job: ModelJob): Promise<void> {
    this.#last = `retry ${job.id}`;
    const isOpen = this.#open().includes(job);
    const error = await this.#chance
      .pick(this.#stage.kits)
      .core.actions.retry(job.id, {})
      .then(
        () => null,
        (thrown: JobsError) => thrown.code,
      );
    if (isOpen) expect(error).toBe('INVALID_STATE');
    else
      expect([error, this.#last]).toEqual([
        this.#model.requeue(job, this.#stage.now) ? null : 'DUPLICATE_JOB',
        this.#last,
      ]);
  }

  async #remove(job: ModelJob): Promise<void> {
    this.#last = `delete ${job.id}`;
    if (job.state === 'running') return;
    await this.#chance.pick(this.#stage.kits).core.actions.remove(job.id);
    this.#model.remove(job);
  }

  /** In small steps: what becomes due meanwhile runs at its time. */
  async #advance(ms: number): Promise<void> {
    this.#last = `${ms} ms`;
    for (let left = ms; left > 0; left -= 50) {
      await this.#stage.kit.clock.advance(50);
      await this.#stage.rest();
      this.#model.rest(this.#stage.now);
    }
  }

  async #check(what: string): Promise<void> {
    const { runs, wrong, kit, now } = this.#stage;
    this.#model.rest(now);
    await this.#stage.rest();
    const jobs = [...this.#model.jobs.values()];
    const ids = [...jobs.map(({ id }) => id), ''];
    const rows = await kit.dialect.reader
      .selectFrom('pwj_jobs')
      .select(['id', 'state'])
      .where('id', 'in', ids)
      .execute();
    const states = new Map(rows.map(({ id, state }) => [id, state as string]));
    const said = ({ id, state, n, key }: ModelJob): string => `${n} of ${key} (${id}) ${state}`;
    const differs = jobs.filter(({ id, state }) => !STORED[state].includes(states.get(id) ?? ''));
    expect(
      differs.map((job) => `${said(job)}, but ${states.get(job.id)}`),
      what,
    ).toEqual([]);
    const misses = this.#model.running.filter(({ id, n }) => runs.get(id)?.n !== n);
    expect(misses.map(said), `${what}: runs with its last data`).toEqual([]);
    expect(wrong, what).toEqual([]);
  }
}

for (const mode of Object.keys(MODES))
  test(`${COUNT} random sequences of jobs with keys: ${mode}`, { timeout: 3_600_000 }, async () => {
    const stage = await Stage.open();
    for (let seed = FIRST; seed < FIRST + COUNT; seed += 1) {
      try {
        await new Sequence(stage, mode, seed).run();
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    const counted = await stage.kit.core.reads.counts();
    const stored = await stage.kit.dialect.reader
      .selectFrom('pwj_jobs')
      .select((e) => ['state', 'type', e.fn.countAll<number>().as('n')])
      .groupBy(['state', 'type'])
      .execute();
    const sorted = (list: readonly { state: string; type: string; n: number }[]): string[] =>
      list.map(({ state, type, n }) => `${state} ${type} ${Number(n)}`).sort();
    expect(sorted(counted)).toEqual(sorted(stored));
  });
