import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fillDatabase, open, testFolder } from '../../test/move-rig.ts';
import { runCommandLine } from '../run.ts';

async function site(rows: number) {
  const folder = testFolder();
  const from = `sqlite:${join(folder, 'old.db')}`;
  const to = `sqlite:${join(folder, 'new.db')}`;
  const source = await open(from);
  await fillDatabase(source, rows);
  await source.close();
  const run = async (env: Record<string, string>, ...words: string[]) => {
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
  return { from, to, run };
}

test('a move prints the sums and what to do next; a second one is refused', async () => {
  const { to, run } = await site(30);
  const { code, stdout, stderr } = await run({}, '--to', to);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/pwj_jobs +30 +[0-9a-f]{64}\n[\s\S]*Now set database in jobs\.config\.ts/);
  expect(await run({}, '--to', to)).toMatchObject({ code: 1, stderr: expect.stringContaining('not empty') });
});

test('with --json the answer is one document, and the environment may name the target', async () => {
  const { to, run } = await site(3);
  const { tables } = JSON.parse((await run({ JOBS_MOVE_TO: to }, '--json')).stdout);
  expect(tables).toContainEqual({ table: 'pwj_jobs', rows: 3, sum: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test('wrong usage prints one line and exits with 2, a missing database with 3', async () => {
  const { from, run } = await site(1);
  const wrong = async (...words: string[]) => {
    const { code, stderr } = await run({}, ...words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    return [code, stderr];
  };
  expect(await wrong()).toEqual([2, expect.stringContaining('--to URL')]);
  expect(await wrong('--to', 'postgres://secret@x/y')).toEqual([2, expect.not.stringContaining('secret')]);
  expect(await wrong('--to', 'sqlite::memory:')).toEqual([2, expect.stringContaining('in memory')]);
  expect(await wrong('--to', from)).toEqual([1, expect.stringContaining('same database')]);
  expect(await wrong('--to', 'mysql://root:secret@127.0.0.1:9/jobs')).toEqual([
    3,
    expect.not.stringContaining('secret'),
  ]);
  expect(await wrong('--to', 'sqlite:x.db', '--database', 'sqlite:/nowhere/at.db')).toEqual([
    3,
    expect.stringContaining('does not exist'),
  ]);
});
