// liteque: drizzle on SQLite, one job per commit.
import { buildDBClient, Runner, SqliteQueue } from 'liteque';
import { payload, type Side } from '../side.ts';

type Payload = ReturnType<typeof payload>;

export function liteque(): Side {
  let queue: SqliteQueue<Payload>;
  let runner: Runner<Payload> | undefined;
  let running: Promise<void> | undefined;
  return {
    name: 'liteque',
    open: async (path) => {
      const db = buildDBClient(path, { walEnabled: true, runMigrations: true });
      const raw = (db as unknown as { session: { client: { pragma(text: string, options?: object): unknown } } })
        .session.client;
      raw.pragma('synchronous = full');
      queue = new SqliteQueue<Payload>('noop', db, { defaultJobArgs: { numRetries: 3 }, keepFailedJobs: true });
      return Number(raw.pragma('synchronous', { simple: true }));
    },
    add: (n) => queue.enqueue(payload(n)),
    work: async (fn, concurrency) => {
      runner = new Runner<Payload>(
        queue,
        { run: async () => fn() },
        { concurrency, pollIntervalMs: 1, timeoutSecs: 60 },
      );
      running = runner.run();
    },
    stop: async () => {
      runner?.stop();
      await running;
    },
  };
}
