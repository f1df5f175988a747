// A database that cannot write: the caller gets our error, nothing acknowledged is lost, and work continues by itself.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { JobsError } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type CoreKit, openCore, openTestDatabase } from '../../test/core-kit.ts';
import { systemClock, systemRandom } from '../kernel/clock.ts';
import { openSqlite } from './sqlite/engine.ts';

let folder: string;
let path: string;
let kit: CoreKit;
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, 'jobs.db');
  kit = await openCore({ path, clock: systemClock });
  kit.register('t', async () => {});
});
afterEach(() => kit.close());

async function refusal(work: Promise<unknown>): Promise<JobsError> {
  const reason = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(reason instanceof JobsError)) throw new Error('it was not refused as it should', { cause: reason });
  return reason;
}

/** Another process takes the write lock; answers when it has it. `release` resolves when that process is gone. */
async function holdLock(): Promise<{ release(): Promise<unknown> }> {
  const code = `
    const db = new (require('better-sqlite3'))(${JSON.stringify(path)});
    db.exec('begin immediate');
    process.stdout.write('held');
    process.stdin.resume().on('end', () => { db.exec('commit'); db.close(); });`;
  const child = spawn(process.execPath, ['-e', code], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return {
    release: () => {
      child.stdin.end();
      return ended;
    },
  };
}

test('a write by another process delays an add, which neither fails nor blocks the event loop', async () => {
  const { rows } = await sql<{ timeout: number }>`pragma busy_timeout`.execute(kit.dialect.db);
  expect(rows[0]?.timeout).toBeLessThanOrEqual(50);
  const lock = await holdLock();
  let stored = false;
  const adding = kit.add({ type: 't', data: {} }).finally(() => {
    stored = true;
  });
  for (let n = 0; n < 20; n += 1) await turn();
  expect(stored).toBe(false);
  // A blocked event loop could not release the lock.
  await lock.release();
  expect(await kit.state(await adding)).toBe('ready');
});

test('an add waits ten seconds for a lock of another process, then fails', async () => {
  let now = 0;
  const after = (_ms: number, fn: () => void) => {
    now += 1_000;
    queueMicrotask(fn);
    return () => {};
  };
  const other = await openSqlite(path, { clock: { ...systemClock, now: () => now, after }, random: systemRandom });
  const holding = kit.dialect.transaction(async () => {
    const error = await refusal(other.transaction(async () => {}));
    expect([error.code, error.message]).toEqual([
      'UNAVAILABLE',
      'The database is not available: another connection has been writing to the database for too long. Inside a transaction of yours, pass it to addJob() as { trx }.',
    ]);
  });
  await holding;
  expect(now).toBeGreaterThan(10_000);
  await other.close();
});

test('a closed database reports that it was closed', async () => {
  await kit.close();
  const error = await refusal(kit.add({ type: 't', data: {} }));
  expect([error.code, error.message]).toEqual(['UNAVAILABLE', 'The database is not available: it was closed.']);
  expect((await refusal(kit.core.reads.get('x'))).code).toBe('UNAVAILABLE');
});

test('a read-only database is reported as unavailable, and a constraint error is not', async () => {
  await sql`pragma query_only = on`.execute(kit.dialect.db);
  expect((await refusal(kit.add({ type: 't', data: {} }))).message).toBe(
    'The database is not available: the database file is read-only.',
  );
  await sql`pragma query_only = off`.execute(kit.dialect.db);
  const other = await openTestDatabase(path);
  await expect(sql`insert into pwj_meta (key) values (null)`.execute(other.db)).rejects.toMatchObject({
    code: 'SQLITE_CONSTRAINT_NOTNULL',
  });
  await other.close();
});
