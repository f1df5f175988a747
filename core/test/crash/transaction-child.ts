// A worker whose jobs write a row, add a job and complete in one transaction, and that kills itself at the statement that its orders name.
import type { Kysely } from 'kysely';
import { PluginConnection } from '../../src/store/plugin-database.ts';
import { realCore } from './real-core.ts';

export interface KillOrders {
  database: string;
  /** In which of its transactions it dies, from 1; null: in none. */
  transaction: number | null;
  /** At which of its statements, from 0, of which `begin` and `commit` are two. */
  statement: number;
  when: 'before' | 'sent' | 'answered';
  /** The work in a transaction of its own, and the outcome after it. */
  control: boolean;
}

const orders = JSON.parse(process.argv[2] ?? '') as KillOrders;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

let transactions = 0;
const statements = new WeakMap<PluginConnection, { transaction: number; n: number }>();
const { executeQuery } = PluginConnection.prototype;
PluginConnection.prototype.executeQuery = async function <R>(query: Parameters<typeof executeQuery>[0]) {
  const at = statements.get(this) ?? { transaction: ++transactions, n: -1 };
  at.n += 1;
  statements.set(this, at);
  // Later transactions need fewer statements than the first, on which the orders count.
  const isIt = at.n === orders.statement || (query.sql === 'commit' && at.n < orders.statement);
  const dies = at.transaction === orders.transaction && isIt;
  const die = () => process.kill(process.pid, 'SIGKILL');
  if (dies && orders.when === 'before') die();
  const answer = executeQuery.call(this, query) as ReturnType<typeof executeQuery<R>>;
  if (dies && orders.when === 'sent') setImmediate(die);
  await answer;
  if (dies) die();
  if (query.sql === 'commit') say(`committed ${at.n + 1}`);
  return answer;
};

const core = await realCore(orders.database, { sweepInterval: 200, maxConcurrentJobs: 2 });
core.registry.register({
  type: 'work',
  plugin: null,
  options: {},
  enter: (fn) => fn(),
  processor: async (_data, id, _attempt, job) => {
    // biome-ignore lint/suspicious/noExplicitAny: a table of the test
    const work = async (trx: Kysely<any>): Promise<void> => {
      await trx.insertInto('test_work').values({ job: id }).execute();
      const after = { type: 'after', data: {}, idempotencyKey: id };
      await core.queue.add(after, { plugin: null, trx: core.hostTransactions.of(undefined) });
      if (orders.control) return;
      await job.once('step', () => 1);
      job.complete({ done: true });
    };
    if (orders.control) await core.databases.of(null).transaction().execute(work);
    else await job.transaction(work);
  },
});
await core.open();
core.startListening();
await core.startWorker();
say('ready');
// The test kills it at the end.
setInterval(() => {}, 60_000);
