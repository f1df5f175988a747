// Posts that are deleted and unpublished with the jobs about them, in transactions of a host that is killed again and again.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { serverOfTest } from '../../../test/server/rig.ts';
import { seeded } from '../../../test/server/seeded.ts';
import { startChild } from '../../../test/support/child.ts';
import { pause, systemClock } from '../../src/kernel/clock.ts';
import type { Dialect } from '../../src/store/dialect.ts';
import type { AboutOrders } from './about-child.ts';
import { realCore } from './real-core.ts';

const CHILD = '../../core/test/crash/about-child.ts';
const [ALL, DELETED, UNPUBLISHED, JOBS_EACH] = [100, 50, 10, 10];
const ENDED = DELETED + UNPUBLISHED;
const KILLS = { host: 12, worker: 4 };

/** Posts whose jobs are not all cancelled although it has ended, or the other way round. */
async function apart({ reader }: Dialect): Promise<number> {
  const { rows } = await sql<{ about: string; cancelled: number; published: number | null }>`
    select a.about as about, sum(case when j.state = 'cancelled' then 1 else 0 end) as cancelled,
      (select p.published from test_posts p where p.about = a.about) as published
    from pwj_about a join pwj_jobs j on j.id = a.job_id group by a.about`.execute(reader);
  return rows.filter(({ cancelled, published }) => Number(cancelled) !== (published ? 0 : JOBS_EACH)).length;
}

async function run(database: string) {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-about-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const mails = join(folder, 'mails');
  const core = await realCore(database === 'sqlite' ? `sqlite:${join(folder, 'jobs.db')}` : database, {});
  const { dialect } = core.ledger;
  onTestFinished(() => dialect.close());
  const chance = seeded(11);
  const url = database === 'sqlite' ? `sqlite:${join(folder, 'jobs.db')}` : database;
  const start = (role: AboutOrders['role'], dieAfter: number | null = null) =>
    startChild(CHILD, { role, database: url, mails, posts: ENDED, deleted: DELETED, dieAfter } satisfies AboutOrders, {
      NODE_ENV: 'test',
    });

  await sql`create table test_posts (id integer, published integer, about varchar(20))`.execute(dialect.db);
  const posts = Array.from({ length: ALL }, (_, i) => i + 1);
  for (const id of posts) await sql`insert into test_posts values (${id}, 1, ${`post:${id}`})`.execute(dialect.db);
  await core.queue.addMany(
    posts.flatMap((post) =>
      Array.from({ length: JOBS_EACH }, () => ({ type: 'mail', data: { post }, about: { kind: 'post', id: post } })),
    ),
    { plugin: null },
  );

  let torn = 0;
  for (let kill = 0; kill < KILLS.host; kill += 1) {
    expect(await start('host', chance() * 30).over).toBe('SIGKILL');
    torn += await apart(dialect);
  }
  const last = start('host');
  expect(await last.over, last.errors()).toBe(0);
  torn += await apart(dialect);

  const left = async () =>
    Number(
      (
        await sql<{ n: number }>`select count(*) as n from pwj_jobs where state in ('ready', 'processing')`.execute(
          dialect.reader,
        )
      ).rows[0]?.n,
    );
  for (let kill = 0; kill < KILLS.worker; kill += 1) {
    const worker = start('worker');
    await worker.line('ready');
    await pause(systemClock, 50 + chance() * 150);
    worker.signal('SIGKILL');
    await worker.over;
  }
  start('worker');
  while ((await left()) > 0) await pause(systemClock, 50);
  const sent = existsSync(mails) ? readFileSync(mails, 'utf8').trim().split('\n') : [];
  const ofPosts = sent.map((line) => Number(line.split(' ')[0]));
  return {
    torn,
    mailsOfEnded: ofPosts.filter((post) => post <= ENDED).length,
    jobsThatMailed: new Set(sent).size,
    repeated: sent.length - new Set(sent).size,
  };
}

const EXPECTED = { torn: 0, mailsOfEnded: 0, jobsThatMailed: (ALL - ENDED) * JOBS_EACH };

test('no mail of 60 posts is sent, and all of 40 others are, on SQLite', { timeout: 600_000 }, async () => {
  const found = await run('sqlite');
  console.log(JSON.stringify(found));
  expect(found).toMatchObject(EXPECTED);
});

test('no mail of 60 posts is sent, and all of 40 others are, on MariaDB', { timeout: 600_000 }, async (context) => {
  skipWhere(findServer() === undefined, NO_SERVER, context);
  const found = await run((await serverOfTest()).url);
  console.log(JSON.stringify(found));
  expect(found).toMatchObject(EXPECTED);
});
