// The command line on a machine whose clock is a minute ahead of the server's: rows are dated by the server.
import { tmpdir } from 'node:os';
import { systemClock, systemRandom } from '@phraseworks/jobs/internals/base';
import { openDatabase } from '@phraseworks/jobs/internals/core';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { testDatabase } from '../../testing/src/test-database.ts';
import { runCommandLine } from '../src/run.ts';

let database: string;

beforeEach(async () => {
  database = await testDatabase();
  const dialect = await openDatabase(database, systemClock, systemRandom);
  onTestFinished(() => dialect.close());
  const now = await dialect.serverTime?.();
  await dialect.db
    .insertInto('pwj_nodes')
    .values({
      ...{ id: 'worker-of-another-machine', host: 'other', boot: '', namespace: '', pid: 1, process_started: '' },
      ...{ started_at: now ?? 0, heartbeat_at: now ?? 0, about: '{"roles":["worker"]}' },
    })
    .execute();
  const right = systemClock.now;
  const spy = vi.spyOn(systemClock, 'now').mockImplementation(() => right() + 60_000);
  onTestFinished(() => spy.mockRestore());
});

async function run(...args: string[]): Promise<{ code: number | 'stays'; out: string }> {
  let out = '';
  const stdout = { write: (text: string) => (out += text) };
  const invocation = { cwd: tmpdir(), env: { JOBS_DATABASE: database }, stdout, stderr: { write: () => {} } };
  return { code: await runCommandLine(args, invocation), out };
}

test('a live process is up, and the doctor counts it as running', async () => {
  expect((await run('nodes')).out).toMatch(/ up\b/);
  const { checks } = JSON.parse((await run('doctor', '--json')).out) as { checks: { check: string; state: string }[] };
  expect(checks.map(({ check, state }) => `${check} ${state}`)).toEqual(
    expect.arrayContaining(['tables ok', 'processes ok']),
  );
});

test('the doctor checks the clock of each server in the URL', async () => {
  const two = database.replace(/@([^/:]+)(:\d+)/, '@$1$2,localhost$2,127.0.0.1:1');
  const { checks } = JSON.parse((await run('doctor', '--json', '--database', two)).out) as {
    checks: { check: string; state: string; says: string }[];
  };
  const clocks = checks.filter(({ check }) => check.startsWith('clock'));
  expect(clocks.map(({ state, says }) => [state, says.replace(/60\.\d/, '60.0')])).toEqual([
    ['warn', 'this machine is 60.0 s ahead of the database'],
    ['warn', 'this machine is 60.0 s ahead of the database'],
    ['warn', expect.stringContaining('nothing answers')],
  ]);
});

test('a move is refused while a process is live', async () => {
  const { code } = await run('move', '--to', `sqlite:${await temporaryFolder()}/never.db`);
  expect(code).toBe(1);
});
