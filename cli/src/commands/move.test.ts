import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { fillDatabase, open, openForTest, testFolder } from '../../test/move-rig.ts';
import { COPIED } from '../move/plan.ts';
import { runCommandLine } from '../run.ts';

async function site(rows = 30) {
  const folder = testFolder();
  const from = `sqlite:${join(folder, 'old.db')}`;
  const to = `sqlite:${join(folder, 'new.db')}`;
  const source = await open(from);
  await fillDatabase(source, rows);
  await source.close();
  const run = async (...words: string[]) => runWith({}, ...words);
  const runWith = async (env: Record<string, string>, ...words: string[]) => {
    let stdout = '';
    let stderr = '';
    const code = await runCommandLine(['move', '--database', from, ...words], {
      cwd: folder,
      env,
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
    });
    return { code, stdout, stderr };
  };
  return { from, to, run, runWith, newFile: join(folder, 'new.db') };
}

test('a dry run lists the tables and creates nothing', async () => {
  const { to, run, newFile } = await site();
  const { code, stdout } = await run('--to', to, '--dry-run');
  expect(code).toBe(0);
  expect(stdout).toMatch(/To {4}sqlite:.*new\.db \(will be created\)/);
  expect(stdout).toMatch(/pwj_jobs +- +30\n/);
  expect(existsSync(newFile)).toBe(false);
});

test('a move prints the checksums, what to do next and how to go back', async () => {
  const { to, run } = await site();
  const { code, stdout, stderr } = await run('--to', to);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /copied pwj_jobs: 30 rows[\s\S]*verified pwj_jobs: 30 rows[\s\S]*pwj_jobs +30 +[0-9a-f]{64}\n/,
  );
  expect(stdout).toMatch(/No process can start on sqlite:.*old\.db now/);
  expect(stdout).toMatch(/move --undo --to sqlite:/);
  expect(await run('--to', to)).toMatchObject({ code: 1, stderr: expect.stringContaining('was already made') });
  expect(await run('--undo')).toMatchObject({ code: 0, stdout: expect.stringContaining('can be started again') });
  expect(await run('--undo')).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing to undo') });
});

test('the target may be named by the environment, where no other user of the machine can read it', async () => {
  const { to, runWith } = await site(1);
  expect(await runWith({ JOBS_MOVE_TO: to }, '--dry-run')).toMatchObject({ code: 0, stderr: '' });
});

test('with --json the answer is one document', async () => {
  const { to, run } = await site();
  const planned = JSON.parse((await run('--to', to, '--dry-run', '--json')).stdout);
  expect(planned).toMatchObject({
    state: 'planned',
    to: { engine: null },
    tables: [{ table: 'pwj_jobs', rows: 30 }, ...COPIED.slice(1).map((table) => ({ table }))],
  });
  const moved = JSON.parse((await run('--to', to, '--json')).stdout);
  expect(moved).toMatchObject({ state: 'moved', resumed: false, left: [] });
  expect(moved.tables[0].checksum.source).toBe(moved.tables[0].checksum.target);
  expect(JSON.parse((await run('--undo', '--json')).stdout)).toMatchObject({ state: 'undone' });
});

test('a target that changes a row is found: exit code 1, with the table and the key', async () => {
  const { to, run, from } = await site();
  const target = await openForTest(to);
  await sql`create trigger bend after insert on pwj_jobs when new.id like '%17'
    begin update pwj_jobs set message = 'bent' where id = new.id; end`.execute(target.db);
  const { code, stderr } = await run('--to', to);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /table pwj_jobs is not equal on both sides: .*key 01990000-0000-7000-8000-000000000017 is not the same/,
  );
  const source = await openForTest(from);
  const moved = source.reader.selectFrom('pwj_meta').select('key').where('key', '=', 'moved_to');
  expect(await moved.execute()).toEqual([]);
});

test('wrong usage prints one line and exits with 2, a missing database with 3', async () => {
  const { from, run } = await site(1);
  const wrong = async (...words: string[]) => {
    const { code, stderr } = await run(...words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    return [code, stderr];
  };
  expect(await wrong()).toEqual([2, expect.stringContaining('--to URL')]);
  expect(await wrong('--to', 'postgres://secret@x/y')).toEqual([2, expect.not.stringContaining('secret')]);
  expect(await wrong('--to', from)).toEqual([2, expect.stringContaining('the configured database itself')]);
  expect(await wrong('--to', 'sqlite::memory:')).toEqual([2, expect.stringContaining('in memory')]);
  expect(await wrong('--to', 'mysql://root:secret@127.0.0.1:9/jobs')).toEqual([
    3,
    expect.not.stringContaining('secret'),
  ]);
  expect(await wrong('--to', 'sqlite:x.db', '--database', 'sqlite:/nowhere/at.db')).toEqual([
    3,
    expect.stringContaining('does not exist'),
  ]);
});

test('tables of a plugin that is not configured are left behind only with --leave', async () => {
  const { from, to, run, newFile } = await site();
  const source = await open(from);
  await source.db.insertInto('pwj_migrations').values({ scope: 'plugin:gone', name: '1', at: 1 }).execute();
  await source.close();
  const refused = await run('--to', to);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('plugin gone cannot be moved') });
  expect(existsSync(newFile)).toBe(false);
  expect(await run('--to', to, '--leave', 'gone')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('Left behind: the tables of the plugin gone'),
  });
});
