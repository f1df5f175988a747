// liteque: drizzle on SQLite, one job per commit.
import { buildDBClient, Runner, SqliteQueue } from 'liteque';
import { levelName, payload, type Side } from '../side.ts';

/** The connection below drizzle. */
interface Raw {
  pragma(text: string, options?: object): unknown;
  exec(text: string): void;
  transaction: unknown;
}

/** liteque hands better-sqlite3 an asynchronous transaction, which version 12 refuses: this one waits for it. */
function allowAsync(raw: Raw): void {
  raw.transaction = (work: (...args: unknown[]) => unknown) => {
    const run = async (...args: unknown[]): Promise<unknown> => {
      raw.exec('begin');
      try {
        const value = await work(...args);
        raw.exec('commit');
        return value;
      } catch (error) {
        raw.exec('rollback');
        throw error;
      }
    };
    return Object.assign(run, { deferred: run, immediate: run, exclusive: run });
  };
}

type Payload = ReturnType<typeof payload>;

export function liteque(): Side {
  let queue: SqliteQueue<Payload>;
  let runner: Runner<Payload> | undefined;
  let running: Promise<void> | undefined;
  return {
    name: 'liteque',
    open: async (path) => {
      const db = buildDBClient(path, { walEnabled: true, runMigrations: true });
      const { client: raw } = (db as unknown as { session: { client: Raw } }).session;
      allowAsync(raw);
      raw.pragma('synchronous = full');
      queue = new SqliteQueue<Payload>('noop', db, { defaultJobArgs: { numRetries: 3 }, keepFailedJobs: true });
      return levelName(raw.pragma('synchronous', { simple: true }));
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
