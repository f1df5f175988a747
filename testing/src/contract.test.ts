// One planted fault for each promise of the contract, and a plugin without faults.
import { createServer } from 'node:net';
import { definePlugin, discard, type PluginContext, type PluginDefinition, type Processor } from '@phraseworks/sdk';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ContractOptions, contractProblems, pluginContract } from './contract.ts';

type Init = (ctx: PluginContext) => unknown;
const plugin = (init: Init, more: Partial<PluginDefinition> = {}): PluginDefinition =>
  definePlugin({ name: 'faulty', ...more, init: async (ctx) => void (await init(ctx)) }) as PluginDefinition;
const worker =
  (run: Processor, options: object = {}): Init =>
  (ctx) => {
    ctx.registerProcessor('work', run, { example: {}, ...options });
  };

const OFF = 'disabled and enabled again, it leaves nothing behind';
const TABLES = 'its tables have its prefix and are dropped when it is purged';
const EXAMPLES = 'its examples run, and its views of them can be shown';
const ON = 'it starts with its config';
const REPEATS = 'a job that runs again after a crash repeats no change';
const SIGNALS = 'its processors end when their signals are aborted';
const MIGRATIONS = 'its migrations can run twice';

const table = (name: string, strict = true, drop = true): NonNullable<PluginDefinition['migrations']> => ({
  '001': {
    up: async (db) => {
      const create = db.schema.createTable(name);
      await (strict ? create : create.ifNotExists()).addColumn('n', 'integer').addColumn('id', 'varchar(50)').execute();
    },
    down: async (db) => {
      if (drop) await db.schema.dropTable(name).ifExists().execute();
    },
  },
});
type Tables = { pwj_faulty_rows: { n: number; id?: string }; pwj_jobs: { id: string; priority: number } };
const tables = (ctx: PluginContext) => ctx.db.withTables<Tables>();
const own = { migrations: table('pwj_faulty_rows', false) };

const timers: NodeJS.Timeout[] = [];
const target = new EventTarget();
const { fetch } = globalThis;
const noop = (): void => {};

/** Fault, the check that finds it, the plugin, and a part of the words. */
const FAULTS: [string, string, PluginDefinition, RegExp, ContractOptions?][] = [
  [
    'an init that hangs',
    ON,
    plugin(() => new Promise<void>(noop)),
    /"failed" instead of "on": its init\(\) did not finish/,
  ],
  [
    'a timer',
    OFF,
    plugin(() => void timers.push(setInterval(noop, 60_000))),
    /leaves a timer .*contract\.test\.ts.*ctx\.clock\.after/,
  ],
  [
    'a server',
    OFF,
    plugin(
      () =>
        new Promise<void>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', resolve);
          closing.push(() => server.close());
        }),
    ),
    /leaves a listening server.*close it in ctx\.onDisable/,
  ],
  [
    'a listener of the process',
    OFF,
    plugin(() => void process.on('SIGWINCH', () => {})),
    /listener of "SIGWINCH" on process/,
  ],
  ['a global', OFF, plugin(() => Reflect.set(globalThis, 'faultyCache', {})), /leaves globalThis\.faultyCache/],
  [
    'a listener of an event target',
    OFF,
    plugin(() => target.addEventListener('news', () => {})),
    /listener of "news" on an emitter \(EventTarget\)/,
  ],
  [
    'a global that it replaces',
    OFF,
    plugin(() => Reflect.set(globalThis, 'fetch', (...args: Parameters<typeof fetch>) => fetch(...args))),
    /leaves globalThis\.fetch replaced/,
  ],
  [
    'an onDisable that hangs',
    OFF,
    plugin((ctx) => ctx.onDisable(() => new Promise<void>(noop))),
    /^Disabling it takes more than 2 s: let each function .* ctx\.onDisable\(\) end.*$/,
  ],
  [
    'a promise that is rejected and that nothing awaits',
    ON,
    plugin(() => void Promise.reject(new Error('no one listens'))),
    /Nothing caught this error of it: no one listens\. Await the promise/,
  ],
  [
    'a schedule of a type that no plugin has',
    ON,
    plugin((ctx) => ctx.scheduleJob({ name: 'daily', schedule: '0 9 * * *', jobData: { type: 'wrok', data: {} } })),
    /schedule "faulty\/daily" adds jobs of the type "wrok", which no plugin here has/,
  ],
  [
    'an action that causes itself',
    EXAMPLES,
    plugin((ctx) => {
      ctx.addAction('job:completed', () => ctx.addJob({ type: 'work', data: {} }));
      worker(() => ({ success: true }))(ctx);
    }),
    /cause more than 100 jobs: an action or a processor adds jobs that add jobs again/,
  ],
  [
    'a schedule with a new name at each start',
    OFF,
    plugin((ctx) => {
      worker(() => ({ success: true }))(ctx);
      return ctx.scheduleJob({
        name: `daily-${ctx.clock.now()}`,
        schedule: '0 9 * * *',
        jobData: { type: 'work', data: {} },
      });
    }),
    /names of its schedules change.*use fixed names/,
  ],
  [
    'a table outside its prefix',
    TABLES,
    plugin(noop, { migrations: table('pwj_other') }),
    /pwj_other has a name outside its own: begin it with pwj_faulty_/,
  ],
  [
    'a table that its migration leaves',
    TABLES,
    plugin(noop, { migrations: table('pwj_faulty_x', false, false) }),
    /pwj_faulty_x is left after it was purged/,
  ],
  [
    "a write to the core's tables",
    TABLES,
    plugin((ctx) => tables(ctx).updateTable('pwj_jobs').set({ priority: 1 }).where('id', '=', 'none').execute()),
    /changes the table pwj_jobs through ctx\.db/,
  ],
  [
    'a migration that cannot run twice',
    MIGRATIONS,
    plugin(noop, { migrations: table('pwj_faulty_z') }),
    /migration "001" cannot run twice .*ifNotExists/,
  ],
  [
    'a processor that ignores its signal',
    SIGNALS,
    plugin(worker(() => new Promise(() => {}))),
    /"work" still runs 2 s after its signal/,
  ],
  [
    'rows that a second run adds again',
    REPEATS,
    plugin(
      (ctx) =>
        worker(async () => void (await tables(ctx).insertInto('pwj_faulty_rows').values({ n: 1 }).execute()))(ctx),
      own,
    ),
    /changes rows of pwj_faulty_rows by 1 once more: use its job id as a key/,
  ],
  [
    'a count that a second run raises again',
    REPEATS,
    plugin(async (ctx) => {
      await tables(ctx).insertInto('pwj_faulty_rows').values({ n: 7 }).execute();
      worker(
        async () =>
          void (await tables(ctx)
            .updateTable('pwj_faulty_rows')
            .set((e) => ({ n: e('n', '+', 2) }))
            .execute()),
      )(ctx);
    }, own),
    /changes pwj_faulty_rows\.n by 2 once more/,
  ],
  [
    'jobs that a second run adds again',
    REPEATS,
    plugin((ctx) => {
      ctx.registerProcessor('after', () => ({ success: true }));
      worker(async () => void (await ctx.addJob({ type: 'after', data: {} })))(ctx);
    }),
    /changes jobs of the type "after" by 1 once more/,
  ],
  [
    'a second run that trips over the first',
    REPEATS,
    plugin((ctx) => {
      const done = new Set<string>();
      worker(async (_data, id) => {
        if (done.has(id)) throw new Error('it is there already');
        done.add(id);
      })(ctx);
    }),
    /fails: it is there already/,
  ],
  [
    'a result that is not JSON',
    EXAMPLES,
    plugin(worker(() => ({ success: true, result: { at: new Map() } }))),
    /result of "work" is not JSON \(result\.result\.at is a Map\)/,
  ],
  [
    'a panel that throws',
    EXAMPLES,
    plugin((ctx) =>
      ctx.panel({
        id: 'sales',
        title: 'Sales',
        data: () => {
          throw new Error('no figures');
        },
      }),
    ),
    /panel "sales" throws/,
  ],
  [
    'a view that throws',
    EXAMPLES,
    plugin(
      worker(() => ({ success: true }), {
        view: () => {
          throw new Error('no view');
        },
      }),
    ),
    /view of this type failed.*"work"/,
  ],
  [
    'a secret in the log',
    EXAMPLES,
    plugin((ctx) => ctx.log.info(`signing in with ${(ctx.config as { token: string }).token}`)),
    /secret of its setting "token" appears in its log/,
    { config: { token: 'hunter2-hunter2' } },
  ],
];
const closing: (() => void)[] = [];

describe('the contract finds', () => {
  test('an onDisable that hangs once, and does not wait for it in other checks', async () => {
    const faulty = plugin((ctx) => ctx.onDisable(() => new Promise<void>(noop)), own);
    const alone = 'an init that fails at its end leaves nothing behind and affects no other plugin';
    for (const check of [ON, alone, TABLES]) expect(await contractProblems(faulty, check)).toEqual([]);
  });

  test.each(FAULTS)('%s', async (_fault, check, faulty, words, options) => {
    const listeners = process.listeners('SIGWINCH');
    onTestFinished(() => {
      for (const timer of timers.splice(0)) clearInterval(timer);
      for (const close of closing.splice(0)) close();
      for (const listener of process.listeners('SIGWINCH'))
        if (!listeners.includes(listener)) process.off('SIGWINCH', listener);
      Reflect.deleteProperty(globalThis, 'faultyCache');
      globalThis.fetch = fetch;
    });
    expect((await contractProblems(faulty, check, options)).join('\n')).toMatch(words);
  });

  test('no fault in a type that is excluded with a reason', async () => {
    const faulty = plugin(worker(() => ({ success: true, result: new Date(0) })));
    expect(await contractProblems(faulty, EXAMPLES, { leaveOut: { work: 'needs a printer' } })).toEqual([]);
  });

  test('no fault in something created once and kept, or closed again', async () => {
    let pool: NodeJS.Timeout | undefined;
    const fair = plugin((ctx) => {
      pool ??= setInterval(noop, 60_000);
      Reflect.set(globalThis, 'faultyCache', Reflect.get(globalThis, 'faultyCache') ?? {});
      const timer = setInterval(noop, 60_000);
      process.on('SIGWINCH', noop);
      ctx.onDisable(() => {
        clearInterval(timer);
        process.off('SIGWINCH', noop);
        Reflect.deleteProperty(globalThis, 'faultyCache');
      });
    });
    onTestFinished(() => clearInterval(pool));
    expect(await contractProblems(fair, OFF)).toEqual([]);
  });
});

/** Repeatable: its rows have the job's id as their key, and its mail goes out once. */
pluginContract(
  plugin(
    (ctx) => {
      const add = async (id: string, n: number) => {
        await tables(ctx).deleteFrom('pwj_faulty_rows').where('id', '=', id).execute();
        await tables(ctx).insertInto('pwj_faulty_rows').values({ id, n }).execute();
      };
      worker(async (_data, id, attempt, job) => {
        await add(id, attempt);
        await job.once('mail', () => add(`mail-${id}`, 1));
        await ctx.addJob({ type: 'after', data: {}, idempotencyKey: id });
        return { success: true, result: { attempt } };
      })(ctx);
      ctx.registerProcessor('after', () => ({ success: true }));
    },
    { ...own, name: 'faulty' },
  ),
);

class ByClass implements PluginDefinition {
  readonly name = 'by-class';
  readonly types = ['work'];

  init(ctx: PluginContext): void {
    let isFirst = true;
    const { signal } = new Request('http://localhost', { signal: AbortSignal.timeout(30_000) });
    for (const type of this.types) {
      const run = () => {
        if (!isFirst) throw discard('done before');
        isFirst = signal.aborted;
        return { success: true };
      };
      ctx.registerProcessor(type, run as Processor, { example: {} });
    }
  }
}

// An instance of a class, a timer that cannot be cleared, and a repeated job that says so.
pluginContract(new ByClass() as unknown as PluginDefinition);
