// Random sequences of additions, graphs, batches, ends, cancels, retries by hand and deletions, in two processes, against a small model: states,
// order, batches, and each callback once. LINKS_COUNT sequences from LINKS_SEED on.
import { join } from 'node:path';
import type { Batch, NewJob } from '@phraseworks/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { Chance } from '../../../../test/model/chance.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../../test/core-kit.ts';
import { LinkModel, type ModelBatch, type ModelJob, type State } from '../../../test/link-model.ts';

const FIRST = Number(process.env.LINKS_SEED ?? 1);
const COUNT = Number(process.env.LINKS_COUNT ?? 6);
const STEPS = 25;
const APP = { plugin: null };
const app = () => APP;
const CALLBACKS = ['onEnd', 'onSuccess', 'onFailure'] as const;
const STORED: Record<State, string> = {
  blocked: 'blocked',
  running: 'processing',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
};

class Stage {
  readonly kits: readonly CoreKit[];
  readonly runs = new Map<string, (succeeds: boolean) => void>();
  /** Callbacks that ran, by batch. */
  readonly called = new Map<string, string[]>();
  readonly wrong: string[] = [];
  isOver = false;

  constructor(kits: readonly CoreKit[]) {
    this.kits = kits;
    for (const kit of kits) {
      for (const type of ['one', 'two'])
        kit.register(type, ((_data: unknown, id: string) => this.#run(id)) as never, { maxRetries: 0 });
      for (const name of CALLBACKS)
        kit.register(name, (async ({ batch }: { batch: string }) => {
          this.called.set(batch, [...(this.called.get(batch) ?? []), name].sort());
        }) as never);
    }
  }

  static async open(): Promise<Stage> {
    const path = join(await temporaryFolder(), 'jobs.db');
    const queue = { maxConcurrentJobs: 100, sweepInterval: 3_600_000, pollInterval: 20, leaseDuration: 86_400_000 };
    const one = await openCore({ path, queue });
    const stage = new Stage([one, await openCore({ path, queue, clock: one.clock })]);
    onTestFinished(async () => {
      stage.isOver = true;
      for (const end of stage.runs.values()) end(true);
      for (const kit of stage.kits) await kit.close();
    });
    for (const kit of stage.kits) await kit.core.startWorker();
    await stage.#follow();
    return stage;
  }

  /** Both processes follow the types from now on: what ran before others waited for it is looked at each second. */
  async #follow(): Promise<void> {
    const nodes = { a: { type: 'one', data: null }, b: { type: 'two', data: null, after: ['a'] } };
    const { b } = await this.kit.core.queue.addGraph(nodes, APP);
    const c = await this.kit.add({ type: 'one', data: null, after: [b?.id ?? ''] });
    for (let n = 0; n < 10 && (await this.kit.state(c)) !== 'completed'; n += 1) {
      for (const end of this.runs.values()) end(true);
      await this.rest();
      await this.kit.clock.advance(1_000);
    }
  }

  get kit(): CoreKit {
    return this.kits[0] as CoreKit;
  }

  #run(id: string): Promise<void> | undefined {
    if (this.runs.has(id)) this.wrong.push(`${id} runs twice`);
    if (this.isOver) return undefined;
    return new Promise((resolve, reject) => {
      this.runs.set(id, (succeeds) => {
        this.runs.delete(id);
        if (succeeds) resolve();
        else reject(new Error('no'));
      });
    });
  }

  /** Until nothing is under way in either process. */
  async rest(): Promise<void> {
    for (let round = 0; round < 60; round += 1) {
      for (const kit of this.kits) await kit.idle();
      await this.kit.clock.advance(25);
      if (round > 4 && (await this.#isQuiet())) return;
    }
  }

  async #isQuiet(): Promise<boolean> {
    const { reader } = this.kit.dialect;
    const looks = await reader
      .selectFrom('pwj_link_looks')
      .select('source')
      .where('at', '<=', this.kit.clock.now())
      .execute();
    const tasks = await reader.selectFrom('pwj_batches').select('id').where('task', 'is not', null).execute();
    return looks.length + tasks.length === 0;
  }
}

class Sequence {
  readonly #stage: Stage;
  readonly #chance: Chance;
  readonly #model = new LinkModel();
  readonly #handles = new Map<string, Batch>();
  #last = '';

  constructor(stage: Stage, seed: number) {
    this.#stage = stage;
    this.#chance = new Chance(seed);
  }

  get #kit(): CoreKit {
    return this.#chance.pick(this.#stage.kits);
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step += 1) {
      await this.#step();
      await this.#check(`step ${step}, ${this.#last}`);
    }
    for (const batch of this.#model.batches.values()) await this.#close(batch);
    for (let left = 0; left < 100; left += 1) {
      await this.#check('the end');
      const open = this.#model.running;
      if (open.length === 0) break;
      for (const job of open) this.#end(job, true);
    }
    const waiting = [...this.#model.jobs.values()].filter(({ state }) => state === 'blocked' || state === 'running');
    expect(waiting, 'nothing is left blocked').toEqual([]);
    expect([...this.#model.batches.values()].filter(({ called }) => !called.has('onEnd'))).toEqual([]);
  }

  async #step(): Promise<void> {
    const what = this.#chance.below(32);
    const job = this.#chance.pick([...this.#model.jobs.values()]);
    const batch = this.#chance.pick([...this.#model.batches.values()]);
    const running = this.#chance.pick(this.#model.running);
    if (what < 5 || !job) await this.#add();
    else if (what < 8) await this.#graph();
    else if (what < 11 || !batch) await this.#addBatch();
    else if (what < 13) await this.#fill(batch);
    else if (what < 14) await this.#close(batch);
    else if (what < 15) await this.#cancelBatch(batch);
    else if (what < 17) await this.#retryBatch(batch);
    else if (what < 25) {
      if (running) this.#end(running, !this.#chance.is(0.4));
    } else if (what < 27) await this.#cancel(job);
    else if (what < 30) await this.#retry(job);
    else await this.#remove(job);
  }

  #sources(): string[] {
    const ids = [...this.#model.jobs.keys()];
    const some = Array.from({ length: this.#chance.below(3) }, () => this.#chance.pick(ids));
    return [...new Set(some.filter((id) => id !== undefined))];
  }

  #new(): { job: NewJob; sources: string[]; mustComplete: boolean } {
    const sources = this.#sources();
    const mustComplete = this.#chance.is(0.7);
    const onFailed = mustComplete ? 'cancel' : 'run';
    const links = sources.length > 0 ? ({ after: sources, onFailed } as const) : {};
    return { job: { type: this.#chance.pick(['one', 'two']), data: null, ...links }, sources, mustComplete };
  }

  async #add(): Promise<void> {
    const { job, sources, mustComplete } = this.#new();
    const id = await this.#kit.add(job);
    this.#last = `add ${id} after ${sources}`;
    this.#model.add(id, sources, mustComplete);
  }

  async #graph(): Promise<void> {
    const names = ['a', 'b', 'c', 'd', 'e'].slice(0, 2 + this.#chance.below(4));
    const mustComplete = this.#chance.is(0.7);
    const nodes = Object.fromEntries(
      names.map((name, i) => {
        const after = names.slice(0, i).filter(() => this.#chance.is(0.5));
        const links = after.length > 0 ? ({ after, onFailed: mustComplete ? 'cancel' : 'run' } as const) : {};
        return [name, { type: 'one', data: null, ...links }];
      }),
    );
    const jobs = await this.#kit.core.queue.addGraph(nodes as never, APP);
    this.#last = `graph ${JSON.stringify(nodes)}`;
    for (const name of names) {
      const after = (nodes[name] as { after?: string[] }).after ?? [];
      this.#model.add(
        jobs[name]?.id ?? '',
        after.map((one) => jobs[one]?.id ?? ''),
        mustComplete,
      );
    }
  }

  async #addBatch(): Promise<void> {
    const open = this.#chance.is(0.5);
    const startsClosed = this.#chance.is(0.4);
    const given = Array.from({ length: this.#chance.below(4) }, () => this.#new());
    const { core } = this.#kit;
    const handle = await core.batches.add(
      {
        name: 'x',
        onEnd: 'onEnd',
        onSuccess: 'onSuccess',
        onFailure: 'onFailure',
        open,
        ...(startsClosed ? { start: 'closed' } : {}),
      },
      given.map(({ job }) => job),
      app,
    );
    this.#last = `batch ${handle.id} of ${given.length}`;
    const batch: ModelBatch = {
      id: handle.id,
      isClosed: !open,
      startsClosed,
      members: new Map(),
      called: new Set(),
      status: '',
    };
    this.#model.batches.set(handle.id, batch);
    this.#handles.set(handle.id, handle);
    await this.#members(batch, given);
  }

  async #members(batch: ModelBatch, given: readonly { sources: string[]; mustComplete: boolean }[]): Promise<void> {
    const rows = await this.#stage.kit.dialect.reader
      .selectFrom('pwj_links')
      .select('source')
      .where('target', '=', batch.id)
      .orderBy('source')
      .execute();
    const fresh = rows.map(({ source }) => source).filter((id) => !batch.members.has(id));
    expect(fresh.length).toBe(given.length);
    for (const [i, { sources, mustComplete }] of given.entries())
      this.#model.add(fresh[i] as string, sources, mustComplete, batch);
  }

  async #fill(batch: ModelBatch): Promise<void> {
    const given = Array.from({ length: 1 + this.#chance.below(3) }, () => this.#new());
    const added = this.#handles.get(batch.id)?.add(given.map(({ job }) => job));
    this.#last = `fill ${batch.id}`;
    if (batch.isClosed) await expect(added).rejects.toThrow('closed');
    else {
      await added;
      await this.#members(batch, given);
    }
  }

  async #close(batch: ModelBatch): Promise<void> {
    this.#last = `close ${batch.id}`;
    await this.#handles.get(batch.id)?.close();
    this.#model.close(batch);
  }

  async #cancelBatch(batch: ModelBatch): Promise<void> {
    this.#last = `cancel ${batch.id}`;
    await this.#kit.core.batches.begin(batch.id, 'cancel', null);
    this.#model.cancelAll(batch);
    await this.#stage.rest();
    this.#endStray();
  }

  async #retryBatch(batch: ModelBatch): Promise<void> {
    this.#last = `retry ${batch.id}`;
    await this.#kit.core.batches.begin(batch.id, 'retry', null);
    for (const [id, outcome] of batch.members) {
      const job = this.#model.jobs.get(id);
      if (job && outcome === 'failed') this.#model.again(job, 'running');
    }
  }

  #end(job: ModelJob, succeeds: boolean): void {
    this.#last = `${job.id} ${succeeds ? 'succeeds' : 'fails'}`;
    this.#stage.runs.get(job.id)?.(succeeds);
    this.#model.ends(job, succeeds ? 'completed' : 'failed');
  }

  /** Attempts of cancelled jobs. */
  #endStray(): void {
    for (const [id, end] of this.#stage.runs) if (this.#model.jobs.get(id)?.state === 'cancelled') end(true);
  }

  async #cancel(job: ModelJob): Promise<void> {
    this.#last = `cancel ${job.id}`;
    await this.#kit.core.actions.cancel(job.id, null);
    if (job.state === 'blocked' || job.state === 'running') this.#model.ends(job, 'cancelled');
    this.#endStray();
  }

  async #retry(job: ModelJob): Promise<void> {
    this.#last = `retry ${job.id}`;
    const isEnded = job.state !== 'blocked' && job.state !== 'running';
    const error = await this.#kit.core.actions.retry(job.id, {}).then(
      () => null,
      (thrown: { code: string }) => thrown.code,
    );
    expect([error, this.#last]).toEqual([isEnded ? null : 'INVALID_STATE', this.#last]);
    if (isEnded) this.#model.again(job, 'running');
  }

  async #remove(job: ModelJob): Promise<void> {
    this.#last = `delete ${job.id}`;
    if (job.state === 'running') return;
    await this.#kit.core.actions.remove(job.id);
    this.#model.remove(job);
  }

  async #check(what: string): Promise<void> {
    this.#model.rest();
    const { runs, wrong, kit, called } = this.#stage;
    await this.#stage.rest();
    const jobs = [...this.#model.jobs.values()];
    const ids = [...jobs.map(({ id }) => id), ''];
    const rows = await kit.dialect.reader
      .selectFrom('pwj_jobs')
      .select(['id', 'state'])
      .where('id', 'in', ids)
      .execute();
    const states = new Map(rows.map(({ id, state }) => [id, state as string]));
    const differs = jobs.filter(({ id, state }) => STORED[state] !== states.get(id));
    expect(
      differs.map((job) => `${JSON.stringify(job)}, but ${states.get(job.id)}`),
      what,
    ).toEqual([]);
    expect(
      this.#model.running.filter(({ id }) => !runs.has(id)).map(({ id }) => id),
      `${what}: runs`,
    ).toEqual([]);
    for (const batch of this.#model.batches.values()) {
      expect([batch.id, ...(called.get(batch.id) ?? [])], what).toEqual([batch.id, ...[...batch.called].sort()]);
      expect([batch.id, (await kit.core.batches.get(batch.id, app))?.status], what).toEqual([batch.id, batch.status]);
    }
    expect(wrong, what).toEqual([]);
  }
}

test(`${COUNT} random sequences of jobs that wait for others, and batches`, { timeout: 3_600_000 }, async () => {
  const stage = await Stage.open();
  for (let seed = FIRST; seed < FIRST + COUNT; seed += 1) {
    try {
      await new Sequence(stage, seed).run();
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
});
