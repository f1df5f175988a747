import { type Dialect, migrateScope } from '@phraseworks/jobs/internals/core';
import type { Migration } from '@phraseworks/sdk';
import { CompiledQuery, sql } from 'kysely';
import { expect, test } from 'vitest';
import { DIRECTIONS, fillDatabase, freshUrl, LARGE, moveOver, openForTest, SELF, TEXTS } from '../../test/move-rig.ts';
import type { StepsOf } from './move.ts';

const [FIRST = ['sqlite', 'sqlite'] as const] = DIRECTIONS;

async function stand(rows: number, [from, to]: (typeof DIRECTIONS)[number] = FIRST) {
  const source = await openForTest(await freshUrl(from));
  const target = await openForTest(await freshUrl(to));
  await fillDatabase(source, rows);
  return { source, target };
}

async function ask<R>({ db }: Dialect, text: string, values: readonly unknown[] = []): Promise<R[]> {
  return (await db.executeQuery<R>(CompiledQuery.raw(text, [...values]))).rows;
}

const rowsIn = async (side: Dialect, table: string): Promise<number> =>
  Number((await ask<{ n: number }>(side, `select count(*) as n from ${table}`))[0]?.n);

/** A lone surrogate cannot be stored as text: what the database returns for it is moved. */
const asRead = (text: string): unknown =>
  text.includes('\ud800') ? expect.stringMatching(/^alone \ufffd+ in the text$/) : text;

for (const direction of DIRECTIONS) {
  const [from, to] = direction;

  test(`${from} to ${to}: every row arrives unchanged, with texts and numbers that engines may change`, async () => {
    const { source, target } = await stand(1_200, direction);
    const moved = await moveOver(source, target);
    for (const { table, rows } of moved.filter(({ table }) => table !== 'pwj_meta')) {
      const all = async (side: Dialect) => {
        const found = await ask<object>(side, `select * from ${table}`);
        return found.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
      };
      const there = await all(source);
      expect(await all(target), table).toEqual(there);
      expect(rows, table).toBe(there.length);
    }
    const jobs = await target.reader.selectFrom('pwj_jobs').selectAll().orderBy('id').execute();
    expect(jobs).toHaveLength(1_200);
    expect(jobs[1]?.data).toBe(LARGE);
    expect(jobs[0]).toMatchObject({ reason: TEXTS[1], created_at: Number.MAX_SAFE_INTEGER, idempotency_key: 'key 0 ' });
    expect(jobs.slice(0, 8).map((job) => job.message)).toEqual(TEXTS.slice(3, 11).map(asRead));
  });

  test(`${from} to ${to}: an interruption leaves the target empty, and the move can be made again`, async () => {
    const { source, target } = await stand(300, direction);
    const cut = moveOver(source, target, undefined, ({ table }) => {
      if (table === 'pwj_schedules') throw new Error('cut');
    });
    await expect(cut).rejects.toThrow('cut');
    expect(await rowsIn(target, 'pwj_jobs')).toBe(0);
    await moveOver(source, target);
    expect(await rowsIn(target, 'pwj_jobs')).toBe(300);
  });
}

test('a target that changes a row stays empty, and the refusal names the table', async () => {
  const { source, target } = await stand(30, ['sqlite', 'sqlite']);
  await sql`create trigger bend after insert on pwj_jobs when new.id like '%17'
    begin update pwj_jobs set message = 'bent' where id = new.id; end`.execute(target.db);
  await expect(moveOver(source, target)).rejects.toThrow(/table pwj_jobs did not arrive unchanged/);
  expect(await rowsIn(target, 'pwj_jobs')).toBe(0);
});

test('what is added during the move is not lost: the move is refused', async () => {
  const { source, target } = await stand(20);
  const late = moveOver(source, target, undefined, async ({ table }) => {
    if (table === 'pwj_jobs') adding = fillDatabase(source, 25, 20);
  });
  let adding: Promise<void> | undefined;
  // The last table is read after the row is there.
  await expect(late.finally(() => adding)).rejects.toThrow(/source changed meanwhile/);
  expect(await rowsIn(target, 'pwj_jobs')).toBe(0);
});

const node = (id: string, heartbeat: number, more: object = {}) => ({
  ...{ id, host: 'elsewhere', boot: 'b', namespace: 'n', pid: 7, process_started: '1', about: '{}' },
  ...{ started_at: 1, heartbeat_at: heartbeat, ...more },
});

test.each(['source', 'target'] as const)('while a process works on the %s nothing moves', async (which) => {
  const sides = await stand(3);
  const now = (await sides[which].serverTime?.()) ?? Date.now();
  await sides[which].db.insertInto('pwj_nodes').values(node('busy', now)).execute();
  await expect(moveOver(sides.source, sides.target)).rejects.toThrow(
    new RegExp(`work on the ${which}: busy \\(process 7\\)`),
  );
});

test('a process without a heartbeat for a lease does not prevent a move, unless it is alive on this machine', async () => {
  const { source, target } = await stand(3);
  await source.db.insertInto('pwj_nodes').values(node('silent', 1)).execute();
  const { host, boot, namespace } = SELF;
  const here = node('paused', 1, { host, boot, namespace, pid: process.pid, process_started: '' });
  await source.db.insertInto('pwj_nodes').values(here).execute();
  await expect(moveOver(source, target)).rejects.toThrow(/work on the source: paused/);
  await source.db.deleteFrom('pwj_nodes').where('id', '=', 'paused').execute();
  expect(await moveOver(source, target)).not.toEqual([]);
});

const notes: Record<string, Migration> = {
  '1_notes': {
    up: (db) =>
      db.schema
        .createTable('notes')
        .addColumn('owner', 'varchar(64)', (c) => c.notNull())
        .addColumn('n', 'integer', (c) => c.notNull())
        .addColumn('text', 'text')
        .addColumn('price', 'double precision')
        .addColumn('picture', 'blob')
        .addColumn('size', 'bigint')
        .addPrimaryKeyConstraint('notes_key', ['owner', 'n'])
        .execute(),
  },
  '2_seen': { up: (db) => db.schema.alterTable('notes').addColumn('seen', 'boolean').execute() },
};

const run = (on: Dialect, steps: Record<string, Migration>, plugin = 'notes') =>
  migrateScope(on, `plugin:${plugin}`, Object.fromEntries(Object.entries(steps).map(([k, s]) => [k, s.up])), 1);

test.each(DIRECTIONS)(
  '%s to %s: the tables of a plugin are made in the target by its own steps, and their rows arrive unchanged',
  async (...direction) => {
    const { source, target } = await stand(3, direction);
    await run(source, notes);
    for (const [n, text] of TEXTS.filter((one) => !one.includes('\ud800')).entries())
      await ask(source, 'insert into notes (owner, n, text, price, picture, size, seen) values (?, ?, ?, ?, ?, ?, ?)', [
        ...[n % 2 === 0 ? 'a' : 'B', n, text, n / 3],
        ...[Buffer.from([0, n, 255]), 2 ** 40 + n, n % 2],
      ]);
    const moved = await moveOver(source, target, async () => notes);
    const all = async (side: Dialect) => {
      const rows = await ask<Record<string, unknown>>(side, 'select * from notes order by n');
      return rows.map((row) => ({ ...row, picture: (row.picture as Buffer).toString('hex') }));
    };
    expect(await all(target)).toEqual(await all(source));
    expect(moved.find(({ table }) => table === 'notes')?.rows).toBe(TEXTS.length - 1);
    expect(await run(target, notes)).toEqual([]);
  },
);

test('steps that have not run on the source do not run on the target either', async () => {
  const { source, target } = await stand(3);
  await run(source, { '1_notes': notes['1_notes'] as Migration });
  await moveOver(source, target, async () => notes);
  expect(await run(target, notes)).toEqual(['2_seen']);
});

test('a plugin whose code is missing is named with the reason, and so is one that is older than its tables', async () => {
  const { source, target } = await stand(3);
  await run(source, notes);
  const missing: StepsOf = () => Promise.reject(new Error('it is not in the configuration'));
  await expect(moveOver(source, target, missing)).rejects.toThrow(
    /plugin notes cannot be moved: it is not in the conf/,
  );
  const older: StepsOf = async () => ({ '1_notes': notes['1_notes'] as Migration });
  await expect(moveOver(source, target, older)).rejects.toThrow(/does not have the step 2_seen/);
});

test.each([
  ['keyless', 'integer', false, '1', /keyless cannot be moved: it has no primary key/],
  ['large', 'bigint', true, '9007199254740993', /large cannot be moved: its column at holds whole numbers beyond/],
] as const)(
  'a table that would not arrive unchanged is named with the reason: %s',
  async (name, type, hasKey, value, why) => {
    const { source, target } = await stand(1, ['sqlite', 'sqlite']);
    const steps: Record<string, Migration> = {
      one: {
        up: (db) =>
          db.schema
            .createTable(name)
            .addColumn('id', 'integer', (c) => (hasKey ? c.primaryKey() : c))
            .addColumn('at', type)
            .execute(),
      },
    };
    await run(source, steps, name);
    await ask(source, `insert into ${name} (id, at) values (1, ${value})`);
    await expect(moveOver(source, target, async () => steps)).rejects.toThrow(why);
  },
);
