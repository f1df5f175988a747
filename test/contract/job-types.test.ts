// What the compiler knows of job types and hooks, and what it refuses. `tsc` checks this file; the runner only sees that it loads.

import { createJobs, defineConfig, type JobsHost } from '@phraseworks/jobs';
import {
  column,
  defineJob,
  definePlugin,
  defineTable,
  type HooksApi,
  type JobsApi,
  type PluginContext,
  type PluginDatabase,
  type RowOf,
  type RunningJob,
} from '@phraseworks/sdk';
import type { Client, EventFilter } from '@phraseworks/sdk/client';
import type { useJob, useJobs, useUpload } from '@phraseworks/sdk/react';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

declare module '@phraseworks/sdk' {
  interface JobTypes {
    types_test_poem: { data: { title: string; lines?: number }; result: { words: number } };
    types_test_haiku: typeof haiku;
  }
  interface PluginConfigs {
    types_test_shelf: typeof ShelfConfig;
  }
}

const ShelfConfig = z.object({
  places: z.array(z.string()).optional(),
  mail: z.object({ from: z.string() }).optional(),
  order: z.enum(['title', 'author']).optional(),
});
const Haiku = z.object({ season: z.string(), lines: z.coerce.number().default(3) });
const haiku = defineJob({
  type: 'types_test_haiku',
  data: Haiku,
  result: z.object({ words: z.number() }),
  summary: ({ season }) => season,
  example: { season: 'autumn' },
  run: async (data, _jobId, attempt, job) => {
    expectTypeOf(data).toEqualTypeOf<{ season: string; lines: number }>();
    expectTypeOf(attempt).toBeNumber();
    expectTypeOf(job.signal).toEqualTypeOf<AbortSignal>();
    return { success: true, result: { words: 11 } };
  },
});

// Only its types are looked at: nothing in here runs.
const never = (_: (jobs: JobsApi & HooksApi) => unknown) => {};

test('a defined job types its data, processor and result', () => {
  never(async (jobs) => {
    jobs.registerProcessor(haiku);
    const job = await jobs.add(haiku, { season: 'spring' }, { delay: 1_000 });
    expectTypeOf(job.type).toEqualTypeOf<'types_test_haiku'>();
    expectTypeOf(job.result).toEqualTypeOf<{ words: number } | null>();
    expectTypeOf(job.data.season).toBeString();
    expectTypeOf((await haiku.add({ season: 'spring', lines: '3' })).id).toBeString();
    // @ts-expect-error: a field is misspelt
    await jobs.add(haiku, { saeson: 'spring' });
    // @ts-expect-error: a field is missing
    await haiku.add({});
    const some = await jobs.getJobStatus('1');
    if (some && haiku.is(some)) expectTypeOf(some.result).toEqualTypeOf<{ words: number } | null>();
  });
});

test('a definition that contradicts its schemas does not compile', () => {
  never(() => {
    const data = z.object({ a: z.string() });
    const type = 'types_test_other';
    // @ts-expect-error: the data has no such field
    defineJob({ type, data, run: async (d) => d.typo });
    // @ts-expect-error: the processor expects other data
    defineJob({ type, data, run: async (_: { b: number }) => {} });
    // @ts-expect-error: the example does not fit
    defineJob({ type, data, example: { a: 3 }, run: async () => {} });
    // @ts-expect-error: the summary reads another field
    defineJob({ type, data, summary: ({ b }) => b, run: async () => {} });
    const result = z.object({ n: z.number() });
    // @ts-expect-error: the result does not fit
    defineJob({ type, data, result, run: async () => ({ success: true, result: { n: 'x' } }) });
    defineJob({ type, run: async (anything) => anything.at.all });
  });
});

test('a processor gets its types from the schema registered with it', () => {
  never((jobs) => {
    jobs.registerProcessor(
      'types_test_p',
      async (data) => {
        expectTypeOf(data).toEqualTypeOf<{ season: string; lines: number }>();
      },
      { data: Haiku, summary: ({ season }) => season, example: { season: 'winter' } },
    );
    jobs.registerProcessor('types_test_poem', async ({ title }) => ({
      success: true,
      result: { words: title.length },
    }));
    // @ts-expect-error: the schema gives other data than the declared type
    jobs.registerProcessor('types_test_poem', async () => {}, { data: z.object({ post: z.string() }) });
    // @ts-expect-error: the declared result is another one
    jobs.registerProcessor('types_test_poem', async () => ({ success: true, result: { wrods: 1 } }));
  });
});

test('declared types are checked, and a misspelt one is refused', () => {
  never(async (jobs) => {
    const { result } = await jobs.addJob({ type: 'types_test_poem', data: { title: 'Elm' } });
    expectTypeOf(result).toEqualTypeOf<{ words: number } | null>();
    // @ts-expect-error: the data does not fit
    await jobs.addJob({ type: 'types_test_poem', data: 17 });
    // @ts-expect-error: two letters are swapped
    await jobs.addJob({ type: 'types_test_peom', data: { title: 'Elm' } });
    const both = await jobs.addJobs([
      { type: 'types_test_poem', data: { title: 'Elm' } },
      { type: 'types_test_haiku', data: { season: 'summer' } },
    ]);
    expectTypeOf(both[0].data.title).toBeString();
    expectTypeOf(both[1].data.season).toBeString();
    await jobs.addJobs([
      // @ts-expect-error: the data does not fit
      { type: 'types_test_poem', data: { tilte: 'Elm' } },
    ]);
    await jobs.scheduleJob({ schedule: '0 9 * * *', type: 'types_test_poem', data: { title: 'Elm' } });
  });
});

test('a job that is read is one of the types named by the caller', () => {
  never(async (jobs) => {
    const poem = await jobs.getJobStatus<'types_test_poem'>('1');
    expectTypeOf(poem?.data.title).toEqualTypeOf<string | undefined>();
    expectTypeOf(poem?.result).toEqualTypeOf<{ words: number } | null | undefined>();
    const either = await jobs.getJobStatus<'types_test_poem' | 'types_test_haiku'>('1');
    if (either?.type === 'types_test_haiku') expectTypeOf(either.data.season).toBeString();
    else expectTypeOf(either?.data.title).toEqualTypeOf<string | undefined>();
    const any = await jobs.getJobStatus('1');
    expectTypeOf(any?.type).toEqualTypeOf<string | undefined>();
    expectTypeOf(any?.data).toBeAny();
    if (haiku.is(any)) expectTypeOf(any.result).toEqualTypeOf<{ words: number } | null>();
  });
});

test('a list of one type contains jobs of that type', () => {
  const lists = async ({ listJobs }: JobsHost, client: Client, use: typeof useJobs) => {
    const { jobs } = await listJobs({ type: 'types_test_poem', limit: 5 });
    expectTypeOf(jobs[0]?.type).toEqualTypeOf<'types_test_poem' | undefined>();
    expectTypeOf(jobs[0]?.result).toEqualTypeOf<{ words: number } | null | undefined>();
    // Large data is left out of a list.
    expectTypeOf(jobs[0]?.data).toEqualTypeOf<{ title: string; lines?: number } | null | undefined>();
    expectTypeOf((await listJobs({ status: 'failed' })).jobs[0]?.data).toBeAny();
    expectTypeOf((await listJobs()).jobs[0]?.type).toEqualTypeOf<string | undefined>();
    const type: string = 'types_test_poem';
    expectTypeOf((await listJobs({ type })).jobs[0]?.data).toBeAny();
    expectTypeOf((await client.listJobs({ type: 'types_test_poem' })).jobs[0]?.data?.title).toEqualTypeOf<
      string | undefined
    >();
    expectTypeOf(use({ type: 'types_test_poem' }).jobs[0]?.result).toEqualTypeOf<
      { words: number } | null | undefined
    >();
    expectTypeOf(use().jobs[0]?.data).toBeAny();
  };
  expectTypeOf(lists).toBeFunction();
});

test('a misspelt type is refused in a browser, and where a job is read', () => {
  const inBrowser = async (client: Client, job: typeof useJob, list: typeof useJobs, upload: typeof useUpload) => {
    await client.addJob({ type: 'types_test_poem', data: { title: 'Elm' } });
    await client.addJob({ type: 'anything', data: { title: 'Elm' } });
    // @ts-expect-error: two letters are swapped
    await client.addJob({ type: 'types_test_peom', data: { title: 'Elm' } });
    // @ts-expect-error: a letter is missing
    await client.listJobs({ type: 'types_test_pom' });
    // @ts-expect-error: a letter is missing
    client.followJob<'types_test_pom'>('1');
    // @ts-expect-error: a letter is missing
    job<'types_test_pom'>('1');
    // @ts-expect-error: a letter is missing
    list({ type: 'types_test_pom' });
    // @ts-expect-error: a letter is missing
    upload('types_test_pom');
    upload('anything');
    const type: string = 'types_test_pom';
    list({ type });
  };
  expectTypeOf(inBrowser).toBeFunction();
  never(async (jobs) => {
    // @ts-expect-error: a letter is missing
    await jobs.getJobStatus<'types_test_pom'>('1');
  });
});

test('what once() gives is what JSON gives back', () => {
  type Given = { at: Date; list: [number, undefined]; maybe?: string; deep: { when: Date | null } };
  // biome-ignore lint/suspicious/noExplicitAny: so is the result
  const run = async ({ once }: RunningJob, given: Given, anything: any, unknown: unknown) => {
    expectTypeOf(await once('k', () => new Date())).toEqualTypeOf<string>();
    expectTypeOf(await once('k', async () => given)).toEqualTypeOf<{
      at: string;
      list: [number, null];
      maybe?: string;
      deep: { when: string | null };
    }>();
    expectTypeOf(await once('k', () => 'text' as const)).toEqualTypeOf<'text'>();
    expectTypeOf(await once('k', () => {})).toEqualTypeOf<null>();
    expectTypeOf(await once('k', () => anything)).toBeAny();
    expectTypeOf(await once('k', () => unknown)).toBeUnknown();
  };
  expectTypeOf(run).toBeFunction();
});

test('an upgrade gives what the schema takes', () => {
  never(() => {
    const data = z.object({ first: z.string() });
    const type = 'types_test_upgraded';
    defineJob({ type, data, version: 2, upgrade: (old) => ({ first: String(old) }), run: async () => {} });
    defineJob({ type, data, version: 2, upgrade: async (old) => ({ first: String(old) }), run: async () => {} });
    // @ts-expect-error: it leaves a field out
    defineJob({ type, data, version: 2, upgrade: () => ({ last: 'x' }), run: async () => {} });
  });
});

test('an event of named types has the result of its type', () => {
  const events = ({ subscribe, followJob }: Client) => {
    subscribe({ types: ['types_test_poem'] }, (event) => {
      expectTypeOf(event.jobType).toEqualTypeOf<'types_test_poem'>();
      expectTypeOf(event.result).toEqualTypeOf<{ words: number } | undefined>();
    });
    subscribe({ types: ['types_test_poem', 'anything'] }, (event) => {
      if (event.jobType === 'types_test_poem') expectTypeOf(event.result?.words).toEqualTypeOf<number | undefined>();
      else expectTypeOf(event.result).toBeUnknown();
    });
    // The job may be of any type.
    subscribe({ jobs: ['1'], types: ['types_test_poem'] }, (event) => expectTypeOf(event.result).toBeUnknown());
    subscribe({}, (event) => expectTypeOf(event.jobType).toBeString());
    // @ts-expect-error: two letters are swapped
    subscribe({ types: ['types_test_peom'] }, () => {});
    const filter: EventFilter = {};
    subscribe(filter, (event) => expectTypeOf(event.jobType).toBeString());
    const next = async () => (await followJob<'types_test_poem'>('1').next()).value?.result;
    expectTypeOf(next).returns.resolves.toEqualTypeOf<{ words: number } | undefined>();
  };
  expectTypeOf(events).toBeFunction();
  never((jobs) => {
    jobs.addAction('job:completed', (fact) => {
      expectTypeOf(fact.result).toBeUnknown();
      if (haiku.is(fact)) expectTypeOf(fact.result).toEqualTypeOf<{ words: number } | undefined>();
    });
    jobs.addAction('job:failed', (fact) => {
      if (haiku.is(fact)) expectTypeOf(fact.error).toBeString();
    });
  });
});

test('undeclared types are unchecked, and so are names known only at run time', () => {
  never(async (jobs) => {
    jobs.registerProcessor('anything', async (jobData, jobId, attempt) => ({
      jobData,
      jobId,
      attempt,
      anything: jobData.deep.down,
    }));
    jobs.registerProcessor('anything', async () => 17, { timeout: 1_000 });
    const { data } = await jobs.addJob({ type: 'anything', data: { deep: { down: 1 } } });
    expectTypeOf(data).toBeAny();
    const type: string = 'types_test_peom';
    await jobs.addJob({ type, data: 1 });
    await jobs.addJobs([1, 2].map((n) => ({ type: 'types_test_poem' as const, data: { title: String(n) } })));
  });
});

test('a misspelt hook is refused, and hooks of others are unchecked', () => {
  never(async (jobs) => {
    jobs.addAction('job:failed', ({ error }) => expectTypeOf(error).toBeString());
    // @ts-expect-error: a letter is missing
    jobs.addAction('job:faild', (x) => x);
    // @ts-expect-error: two letters are swapped
    jobs.addFilter('job:before-dad', (x) => x);
    jobs.addAction('shop:order', (order) => expectTypeOf(order).toBeAny());
    expectTypeOf(await jobs.applyFilters('shop:price', 3)).toBeAny();
  });
});

test('a misspelt plugin or setting is refused if its schema is known', () => {
  never(async () => {
    const shelf = definePlugin({ name: 'shelf', config: ShelfConfig, init: () => {} });
    const order = Math.random() < 0.5 ? 'title' : 'author';
    await createJobs({ plugins: { any: { use: shelf, config: { places: ['a'], mail: { from: 'b' }, order } } } });
    await createJobs({ plugins: { any: { use: shelf, config: { order: 'title', mail: undefined } } } });
    await createJobs({ plugins: { types_test_shelf: { config: { places: ['a'] } }, other: true, off: false } });
    await createJobs({
      plugins: { file: { use: './shelf.ts', config: { whatever: 1 } }, plain: { use: { init: () => {} } } },
    });
    const some: Record<string, boolean> = {};
    await createJobs({ plugins: some });
    // @ts-expect-error: the plugin given has no such setting
    await createJobs({ plugins: { any: { use: shelf, config: { place: [] } } } });
    // @ts-expect-error: nor below it
    await createJobs({ plugins: { any: { use: shelf, config: { mail: { form: 'b' } } } } });
    // @ts-expect-error: the setting has another type
    await createJobs({ plugins: { any: { use: shelf, config: { mail: { from: 7 } } } } });
    // @ts-expect-error: the setting has no such value
    defineConfig({ plugins: { types_test_shelf: { config: { order: 'colour' } } } });
    // @ts-expect-error: the declared plugin has no such setting
    defineConfig({ plugins: { types_test_shelf: { config: { place: [] } } } });
    // @ts-expect-error: two letters of a declared plugin are swapped
    defineConfig({ plugins: { types_test_shefl: true } });
  });
});

test("statements about a plugin's tables are refused if they do not fit them", () => {
  const columns = {
    id: column.text<'a' | 'b'>(1),
    n: column.integer(),
    note: column.text().orNull(),
  };
  const Rows = defineTable('pwj_types_rows', columns, { key: 'id', indexes: [['n', 'id']] });
  type Row = { id: 'a' | 'b'; n: number; note: string | null };
  expectTypeOf<RowOf<typeof Rows>>().toEqualTypeOf<Row>();
  const bare = ({ db }: PluginContext) => {
    // @ts-expect-error: the plugin has no tables
    db.selectFrom('pwj_types_rows').selectAll();
  };
  const plugin = definePlugin({
    name: 'types',
    tables: [Rows],
    init({ db }) {
      expectTypeOf(db).toEqualTypeOf<PluginDatabase<readonly [typeof Rows]>>();
      db.insertInto('pwj_types_rows').values({ id: 'a', n: 1 });
      expectTypeOf(db.selectFrom('pwj_types_rows').selectAll().execute()).resolves.toEqualTypeOf<Row[]>();
      // @ts-expect-error: no such table
      db.selectFrom('pwj_types_row').selectAll();
      // @ts-expect-error: no such column
      db.selectFrom('pwj_types_rows').select('m');
      // @ts-expect-error: the value has another type
      db.selectFrom('pwj_types_rows').where('n', '=', 'one');
      // @ts-expect-error: the column holds other texts
      db.insertInto('pwj_types_rows').values({ id: 'c', n: 1 });
      // @ts-expect-error: the row has no `n`
      db.insertInto('pwj_types_rows').values({ id: 'a' });
    },
  });
  expectTypeOf([bare, plugin.init]).toBeArray();
  // @ts-expect-error: the key is no column
  defineTable('pwj_types_rows', columns, { key: 'ID' });
  // @ts-expect-error: nor is this one of an index
  defineTable('pwj_types_rows', columns, { key: 'id', indexes: [['m']] });
  // @ts-expect-error: a name that is not of a plugin's table
  defineTable('types_rows', columns, { key: 'id' });
  // @ts-expect-error: the value has another type
  Rows.add('n', 'one');
});
