import { connect, type Dialect } from '@phraseworks/jobs/internals/core';
import { expect, test } from 'vitest';
import { DIRECTIONS, fillDatabase, freshUrl, MOVE_CONTEXT, moveOver, openForTest, SELF } from '../../test/move-rig.ts';
import { readRecord } from './copy.ts';
import { COPIED, NOT_COPIED, planMove } from './plan.ts';
import { describeTable, isMovable } from './tables.ts';

const [from, to] = DIRECTIONS[0] ?? ['sqlite', 'sqlite'];

async function stand(rows = 5): Promise<{ source: Dialect; target: Dialect }> {
  const source = await openForTest(await freshUrl(from));
  const target = await openForTest(await freshUrl(to));
  await fillDatabase(source, rows);
  return { source, target };
}

/** Created by the engine itself. */
const OF_THE_ENGINE = ['pwj_lock'];

for (const engine of new Set(DIRECTIONS.flat())) {
  test(`on ${engine} every table of the core is either taken or left, and what is taken can be moved`, async () => {
    const dialect = await openForTest(await freshUrl(engine));
    const tables = await dialect.reader.introspection.getTables();
    const names = tables.map(({ name }) => name).filter((name) => !OF_THE_ENGINE.includes(name));
    expect(names.sort()).toEqual([...COPIED, ...NOT_COPIED].sort());
    for (const name of COPIED) expect(isMovable(await describeTable(dialect, name)), name).toBe(true);
  });
}

const plan = (source: Dialect, target: Dialect | null) => planMove(source, target, async () => ({}), MOVE_CONTEXT);

const addNode = (dialect: Dialect, more: object = {}) =>
  dialect.transaction(async ({ db }) => {
    const now = MOVE_CONTEXT.clock.now();
    const { node: id, processStarted: process_started, ...rest } = SELF;
    const row = { ...rest, id: `${id}-2`, host: 'elsewhere', process_started, started_at: now, heartbeat_at: now };
    await db
      .insertInto('pwj_nodes')
      .values({ ...row, ...more })
      .execute();
  });

test('a plan lists every table with its rows and changes nothing', async () => {
  const { source, target } = await stand(7);
  const planned = await plan(source, target);
  expect(planned.tables.find(({ table }) => table.name === 'pwj_jobs')).toMatchObject({ rows: 7, plugin: null });
  expect(planned.target?.engine).toBe(target.facts().engine);
  expect(await readRecord(target.reader)).toBeUndefined();
  expect(await plan(source, null)).toMatchObject({ target: null, record: undefined });
});

test('planning for a target without tables creates none', async () => {
  const { source } = await stand(1);
  const empty = await connect(await freshUrl(to), MOVE_CONTEXT);
  try {
    expect((await plan(source, empty)).target?.engine).toBe(empty.facts().engine);
    expect(await empty.reader.introspection.getTables()).toEqual([]);
  } finally {
    await empty.close();
  }
});

test('jobs that the target already has are never mixed with those that move', async () => {
  const { source, target } = await stand();
  await fillDatabase(target, 1);
  await expect(plan(source, target)).rejects.toThrow(/table pwj_jobs has rows that are not from this move/);
});

test('pauses and log entries that people made in the target are never replaced', async () => {
  const { source, target } = await stand();
  const pause = { kind: 'type', name: 'email', since: 1, by: 'ada', schedules: '[]' };
  await target.transaction(({ db }) => db.insertInto('pwj_pauses').values(pause).execute());
  await expect(plan(source, target)).rejects.toThrow(/table pwj_pauses has rows that are not from this move/);
  await target.transaction(({ db }) => db.deleteFrom('pwj_pauses').execute());
  const deed = { at: 1, user: 'ada', action: 'pause', target: 'type/email', detail: null };
  await target.transaction(({ db }) => db.insertInto('pwj_log').values(deed).execute());
  await expect(plan(source, target)).rejects.toThrow(/table pwj_log has rows that are not from this move/);
});

test('rows that a start alone wrote to the target are replaced, and a schedule made by a person is not', async () => {
  const { source, target } = await stand();
  const add = (key: string, declared: number) =>
    target.transaction(async ({ db }) => {
      await db
        .insertInto('pwj_types')
        .values({ type: `old-${key}`, plugin: 'email', options: '{}' })
        .execute();
      const job = { pattern: '* * * * *', timezone: 'UTC', job: '{}', missed: '"skip"', paused: 0, created_at: 1 };
      await db
        .insertInto('pwj_schedules')
        .values({ key, name: key, declared, ...job })
        .execute();
    });
  await add('declared', 1);
  await plan(source, target);
  await add('made', 0);
  await expect(plan(source, target)).rejects.toThrow(/schedules of its own/);
  await target.transaction(({ db }) => db.deleteFrom('pwj_schedules').where('key', '=', 'made').execute());
  expect(await moveOver(source, target)).toMatchObject({ complete: true });
  expect(await target.reader.selectFrom('pwj_types').select('type').execute()).toEqual([{ type: 'type-0' }]);
});

test('while a process works on either side nothing moves, and the refusal says which', async () => {
  const { source, target } = await stand();
  await addNode(source);
  await expect(plan(source, target)).rejects.toThrow(/A process works on the source: self-2 .*drain/);
  await source.transaction(({ db }) => db.deleteFrom('pwj_nodes').execute());
  await addNode(target);
  await addNode(target, { id: 'self-3' });
  await expect(plan(source, target)).rejects.toThrow(/2 processes work on the target/);
});

test('a process that is known to be dead, or has had no heartbeat for a lease, does not prevent a move', async () => {
  const { source, target } = await stand();
  await addNode(source, { heartbeat_at: MOVE_CONTEXT.clock.now() - 31_000 });
  await addNode(source, { id: 'dead', host: SELF.host, process_started: 'before', pid: 2_147_483_646 });
  expect(await plan(source, target)).toMatchObject({ record: undefined });
});

test('a process of this machine that is alive without a heartbeat prevents a move', async () => {
  const { source } = await stand();
  await addNode(source, { host: SELF.host, pid: process.pid, process_started: '', heartbeat_at: 1 });
  await expect(plan(source, null)).rejects.toThrow(/A process works on the source/);
});

test('a database that was moved away cannot be the source or the target of another move', async () => {
  const { source, target } = await stand();
  await moveOver(source, target);
  await expect(plan(source, target)).rejects.toThrow(/was already made/);
  await expect(plan(source, null)).rejects.toThrow(/already moved to sqlite:new\.db.*--undo/);
  const third = await openForTest(await freshUrl(from));
  await expect(plan(third, source)).rejects.toThrow(/moved away/);
  await expect(plan(third, target)).rejects.toThrow(/another move/);
});

test('a database is not moved into itself, whatever its name, nor into a copy of its file', async () => {
  const { source, target } = await stand(1);
  await expect(plan(source, source)).rejects.toThrow(/same database/);
  expect((await plan(source, target)).from).not.toBe((await plan(target, null)).from);
});

test('a site that was drained for its move is not drained after it', async () => {
  const { source, target } = await stand(1);
  await source.transaction(({ db }) =>
    db.insertInto('pwj_meta').values({ key: 'drain', value: '{"all":true}' }).execute(),
  );
  await moveOver(source, target);
  const keys = await target.reader.selectFrom('pwj_meta').select('key').orderBy('key').execute();
  expect(keys.map(({ key }) => key)).toEqual(['instance', 'move', 'oldest_reader', 'other']);
});

test('a source that changes during the move stays open, and the next run finishes the move', async () => {
  const { source, target } = await stand(50);
  const changing = moveOver(source, target, undefined, ({ phase, table }) => {
    if (phase === 'verify' && table === 'pwj_meta') void fillDatabase(source, 51, 50);
  });
  await expect(changing).rejects.toThrow(/changed during the move/);
  await expect(plan(source, target)).resolves.toMatchObject({ record: { state: 'copying' } });
  expect(await moveOver(source, target)).toMatchObject({ complete: true });
});
