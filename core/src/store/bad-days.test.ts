// A database that cannot write now: the caller is told in our words, nothing acknowledged is lost, and work goes on by itself.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JobsError } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CoreKit, openCore, openTestDatabase } from '../../test/core-kit.ts';
import { systemClock } from '../kernel/clock.ts';
import { openSqlite } from './sqlite/engine.ts';

let folder: string;
let path: string;
let kit: CoreKit;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bad-days-'));
  path = join(folder, 'jobs.db');
  kit = await openCore({ path, clock: systemClock });
  kit.register('t', async () => {});
});
afterEach(async () => {
  await kit.close();
  rmSync(folder, { recursive: true, force: true });
});

const ids = async () =>
  (await kit.dialect.reader.selectFrom('pwj_jobs').select('id').execute()).map((row) => row.id).sort();
async function refusal(work: Promise<unknown>): Promise<JobsError> {
  const reason = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(reason instanceof JobsError)) throw new Error('it was not refused as it should', { cause: reason });
  return reason;
}

/** Another process holds the write lock for `ms`; answers when it has it. `ended` resolves when it is gone. */
async function holdLock(ms: number): Promise<{ ended: Promise<unknown> }> {
  const code = `
    const db = new (require('better-sqlite3'))(${JSON.stringify(path)});
    db.exec('begin immediate');
    process.stdout.write('held');
    setTimeout(() => { db.exec('commit'); db.close(); }, ${ms});`;
  const child = spawn(process.execPath, ['-e', code], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return { ended };
}

describe('another process that writes for a second', () => {
  // Again where other work on the machine takes the time that is measured.
  test('delays an add, but neither refuses it nor blocks the event loop', { retry: 2 }, async () => {
    const { ended } = await holdLock(1_000);
    let worst = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      worst = Math.max(worst, now - last - 10);
      last = now;
    }, 10);
    const start = performance.now();
    const id = await kit.add({ type: 't', data: {} });
    clearInterval(timer);
    expect(await kit.state(id)).toBe('ready');
    expect(performance.now() - start).toBeGreaterThan(500);
    expect(worst).toBeLessThan(150);
    await ended;
  });
});

test('another process that never lets go is waited for ten seconds, then the caller is told', async () => {
  let now = 0;
  const rest = async () => {
    now += 1_000;
  };
  const other = await openSqlite(path, { now: () => now, rest, turn: rest });
  const holding = kit.dialect.transaction(async () => {
    const error = await refusal(other.transaction(async () => {}));
    expect([error.code, error.message]).toEqual([
      'UNAVAILABLE',
      'The database is not available: another process has been writing to the database for too long.',
    ]);
  });
  await holding;
  expect(now).toBeGreaterThan(10_000);
  await other.close();
});

describe('a full disk', () => {
  const limit = async (pages: number) =>
    void (await sql.raw(`pragma max_page_count = ${pages}`).execute(kit.dialect.db));
  const fill = async () => {
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(kit.dialect.db);
    await limit((rows[0]?.page_count ?? 0) + 20);
    const acked: string[] = [];
    for (;;) {
      const outcome = await kit.add({ type: 't', data: 'x'.repeat(10_000) }).then(
        (id) => id,
        (error: unknown) => error,
      );
      if (typeof outcome === 'string') acked.push(outcome);
      else return { acked, error: outcome };
    }
  };

  test('refuses what is added, in our words, and keeps all that was acknowledged', async () => {
    const { acked, error } = await fill();
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('the disk is full'),
      retryAfter: 5,
    });
    expect(error).toBeInstanceOf(JobsError);
    expect(acked.length).toBeGreaterThan(0);
    expect(await ids()).toEqual(acked.sort());
    const many = await Promise.allSettled(
      Array.from({ length: 50 }, () => kit.add({ type: 't', data: 'x'.repeat(10_000) })),
    );
    expect(new Set(many.map((answer) => answer.status))).toEqual(new Set(['rejected']));
    expect(await ids()).toEqual(acked);
  });

  test('is forgotten when there is room again: what was acknowledged runs, new jobs are taken', async () => {
    const { acked } = await fill();
    await kit.core.startWorker();
    await limit(1_000_000);
    const last = await kit.add({ type: 't', data: {} });
    await kit.next('job_completed', last);
    await kit.core.stopWorker(1_000);
    for (const id of [...acked, last]) expect(await kit.state(id)).toBe('completed');
    const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(kit.dialect.db);
    expect(rows).toEqual([{ integrity_check: 'ok' }]);
  });

  test('does not lose an outcome: it is written when there is room again, and the job ran once', async () => {
    let ran = 0;
    let finish = (): void => {};
    kit.register('large', async () => {
      ran += 1;
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { success: true, result: 'x'.repeat(200_000) };
    });
    await kit.core.startWorker();
    const id = await kit.add({ type: 'large', data: {} });
    while (ran === 0) await kit.idle();
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(kit.dialect.db);
    await limit(rows[0]?.page_count ?? 1);
    finish();
    while (!kit.logged.some((line) => line.includes('cannot be stored now'))) await kit.idle();
    expect(await kit.state(id)).toBe('processing');
    await limit(1_000_000);
    await kit.next('job_completed', id);
    await kit.core.stopWorker(1_000);
    expect([ran, await kit.state(id), kit.logged.some((line) => line.includes('the disk is full'))]).toEqual([
      1,
      'completed',
      true,
    ]);
  });
});

test('a database that has been closed says so', async () => {
  await kit.close();
  const error = await refusal(kit.add({ type: 't', data: {} }));
  expect([error.code, error.message]).toEqual(['UNAVAILABLE', 'The database is not available: it was closed.']);
  expect((await refusal(kit.core.reads.get('x'))).code).toBe('UNAVAILABLE');
});

test('a database that became read-only says so, and a mistake of ours is not taken for it', async () => {
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
