// A host that deletes and unpublishes posts with the jobs about them until it is killed, or a worker that sends their mails.
import { appendFileSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { Kysely, MysqlDialect, SqliteDialect } from 'kysely';
import { createPool } from 'mysql2';
import { pause, systemClock } from '../../src/kernel/clock.ts';
import { realCore } from './real-core.ts';

export interface AboutOrders {
  role: 'host' | 'worker';
  database: string;
  /** One line for each mail that was sent: its post. */
  mails: string;
  /** Posts to end, of those that are still there: the first are deleted, the others unpublished. */
  posts: number;
  deleted: number;
  /** Milliseconds after the begin of its third transaction at which the host dies; null: never. */
  dieAfter: number | null;
}

interface Tables {
  test_posts: { id: number; published: number };
}

const orders = JSON.parse(process.argv[2] ?? '') as AboutOrders;
const { database, posts, deleted, dieAfter } = orders;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const core = await realCore(database, { sweepInterval: 200 });

if (orders.role === 'worker') {
  core.registry.register({
    type: 'mail',
    plugin: null,
    options: {},
    enter: (fn) => fn(),
    processor: async (data, id) => {
      await pause(systemClock, 5);
      appendFileSync(orders.mails, `${(data as { post: number }).post} ${id}\n`);
    },
  });
  await core.open();
  core.startListening();
  await core.startWorker();
  say('ready');
  setInterval(() => {}, 60_000);
} else {
  await core.open();
  const dialect = database.startsWith('mysql:')
    ? new MysqlDialect({ pool: createPool(database) })
    : new SqliteDialect({ database: new SQLite(database.slice('sqlite:'.length)) });
  const host = new Kysely<Tables>({ dialect });
  let begun = 0;
  const end = (id: number, fails: boolean): Promise<void> =>
    host.transaction().execute(async (trx) => {
      begun += 1;
      if (dieAfter !== null && begun === 3) setTimeout(() => process.kill(process.pid, 'SIGKILL'), dieAfter);
      if (id <= deleted) await trx.deleteFrom('test_posts').where('id', '=', id).execute();
      else await trx.updateTable('test_posts').set({ published: 0 }).where('id', '=', id).execute();
      const n = await core.content.cancel({ kind: 'post', id }, null, trx);
      if (n === 0) throw new Error(`no job of post ${id} was cancelled`);
      if (fails) throw new Error('changed my mind');
    });
  for (let id = 1; id <= posts; id += 1) {
    const post = await host.selectFrom('test_posts').selectAll().where('id', '=', id).executeTakeFirst();
    if (!post?.published) continue;
    // Of a post that stays.
    if (id % 4 === 0) await end(posts + (id % 40) + 1, true).catch(() => {});
    await end(id, false);
  }
  say('done');
  process.exit(0);
}
