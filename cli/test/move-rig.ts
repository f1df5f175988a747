// For tests of moves: databases full of values that engines may change, on SQLite and on the server of the tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Identity, systemClock, systemRandom } from '@phraseworks/jobs/internals/base';
import { type Database, type Dialect, openDatabase } from '@phraseworks/jobs/internals/core';
import { CompiledQuery, type Insertable } from 'kysely';
import { onTestFinished } from 'vitest';
import { type Around, type Moved, move, type StepsOf } from '../src/move/move.ts';

/** Texts that some engine may cut, fold, pad or change. */
export const TEXTS = [
  '',
  ' ',
  'ends with spaces   ',
  'Case',
  'case',
  '\0',
  'a\0b',
  'grinning \u{1F600}, clef \u{1D11E}',
  `escaped ${JSON.stringify('\ud800')}`,
  'alone \ud800 in the text',
  '\u00e9',
  'e\u0301',
  'quotes \' " ` \\ \\0 % _ ; --',
  'lines\r\nand\ttabs\u2028',
  '\u0130\u0131\u00df\ufeff',
  '0123',
  'NULL',
] as const;

export const LARGE = `{"text":"${'\u{1F600}x'.repeat(40_000)}"}`;

const text = (n: number): string => TEXTS[n % TEXTS.length] ?? '';

const id = (n: number): string => `01990000-0000-7000-8000-${String(n).padStart(12, '0')}`;

type Rows = { [T in keyof Database]?: Insertable<Database[T]>[] };

/** The rows of the job with this number. */
function rowsOf(n: number): Rows {
  const at = 1_767_225_600_000 + n;
  const job = id(n);
  const done = n % 3 === 0;
  return {
    pwj_jobs: [
      {
        id: job,
        type: `type-${n % 5}`,
        plugin: n % 2 === 0 ? null : 'email',
        state: done ? 'completed' : 'ready',
        priority: n % 4,
        attempt: 0,
        crashes: 0,
        lone_crashes: 0,
        max_retries: 3,
        retry_delay: 5_000,
        backoff: 'fixed',
        timeout: 30_000,
        run: done ? 1 : 0,
        idempotency_key: n % 7 === 0 ? `key ${n} ${text(n).slice(0, 20)}` : null,
        created_at: n % 11 === 0 ? Number.MAX_SAFE_INTEGER - n : at,
        finished_at: done ? at + 10 : null,
        reason: text(n + 1),
        error: text(n + 2),
        message: text(n + 3),
        data: n % 500 === 1 ? LARGE : JSON.stringify({ n, text: text(n) }),
        result: done ? JSON.stringify([text(n)]) : null,
      },
    ],
    pwj_attempts: done
      ? [
          {
            job_id: job,
            run: 1,
            attempt: 1,
            started_at: at,
            finished_at: at + 10,
            outcome: 'completed',
            error: text(n),
          },
        ]
      : [],
    pwj_logs: n % 5 === 0 ? [0, 1].map((line) => ({ ...LOG, job_id: job, line, at, message: text(n + line) })) : [],
    pwj_history:
      n % 9 === 0
        ? [{ job_id: job, id: id(n), run: n % 3, at, event: 'parked', attempt: 0, status: 'parked', reason: text(n) }]
        : [],
    pwj_receipts: done
      ? [{ job_id: job, key: `key ${n} `, state: 'done', result: JSON.stringify(text(n)), attempt: 1, run: 1, at }]
      : [],
    pwj_events: [{ seq: n + 1, at, node: 'one', kinds: 'job_added', events: JSON.stringify([text(n)]) }],
  };
}

const LOG = { run: 1, attempt: 1, level: 'info' };

const SITE: Rows = {
  pwj_counts: [0, 1].map((n) => ({ state: 'ready', type: `type-${n}`, shard: 0, n: 100 + n })),
  pwj_totals: [{ type: 'type-0', shard: 0, runs: 12, run_ms: 12_345_678_901 }],
  pwj_schedules: TEXTS.map((name, n) => ({
    key: `${n} ${name}`,
    name,
    pattern: '0 9 * * *',
    timezone: 'UTC',
    job: JSON.stringify({ type: 'type-0', data: { name } }),
    missed: '"skip"',
    declared: n % 2,
    paused: 0,
    next_at: n === 0 ? null : 1_767_225_600_000 + n,
    created_at: 1_767_225_600_000,
  })),
  pwj_ticks: [{ schedule: '0 ', tick: 1_767_225_600_000, job_id: id(0) }],
  pwj_types: [{ type: 'type-0', plugin: 'email', options: '{}' }],
  pwj_plugins: [{ name: 'email', enabled: 1, config: '{"from":"a@b.example"}' }],
  pwj_meta: [{ key: 'other', value: TEXTS[11] }],
  pwj_pauses: [{ kind: 'type', name: 'type-0 ', since: 1, by: TEXTS[7] }],
  pwj_log: [1, 3].map((n) => ({ id: n, at: n, user: text(n), action: 'pause', target: 'type/a', detail: TEXTS[7] })),
  pwj_nodes: [],
};

const AT_ONCE = 200;

/** Jobs number `from` up to `to` and all that belongs to them; with the first one also what a site has beside its jobs. */
export async function fillDatabase(dialect: Dialect, to: number, from = 0): Promise<void> {
  if (from === 0) await insertAll(dialect, [SITE]);
  for (let n = from; n < to; n += AT_ONCE) {
    await insertAll(
      dialect,
      Array.from({ length: Math.min(AT_ONCE, to - n) }, (_, i) => rowsOf(n + i)),
    );
  }
}

async function insertAll(dialect: Dialect, parts: readonly Rows[]): Promise<void> {
  await dialect.transaction(async ({ db }) => {
    for (const table of Object.keys({ ...rowsOf(0), ...SITE }) as (keyof Database)[]) {
      const rows = parts.flatMap((part) => (part[table] ?? []) as Insertable<Database['pwj_jobs']>[]);
      // The rows of one statement name the same columns.
      if (rows.length > 0)
        await db
          .insertInto(table as 'pwj_jobs')
          .values(rows)
          .execute();
    }
  });
}

export const open = (url: string): Promise<Dialect> => openDatabase(url, systemClock, systemRandom);

/** Opened for one test, and closed after it. */
export async function openForTest(url: string): Promise<Dialect> {
  const dialect = await open(url);
  onTestFinished(() => dialect.close());
  return dialect;
}

export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-move-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The engines of this run of the tests, from and to. */
export const DIRECTIONS: readonly (readonly ['sqlite' | 'mysql', 'sqlite' | 'mysql'])[] =
  process.env.JOBS_TEST_ENGINE === 'mysql'
    ? [
        ['sqlite', 'mysql'],
        ['mysql', 'sqlite'],
      ]
    : [['sqlite', 'sqlite']];

export const SELF: Identity = { node: 'self', host: 'h', boot: 'b', namespace: 'n', pid: 1, processStarted: '1' };

const AROUND: Around = { clock: systemClock, random: systemRandom, self: SELF, leaseDuration: 30_000 };

/** Moves as the command does; `steps`: the migrations of each plugin. */
export const moveOver = (
  source: Dialect,
  target: Dialect,
  steps: StepsOf = async () => ({}),
  report: (table: Moved) => void = () => {},
): Promise<Moved[]> => move(source, target, steps, AROUND, report);

let made = 0;

/** An empty database of this engine, dropped after the test. The server is that of `JOBS_TEST_MYSQL_URL`. */
export async function freshUrl(engine: 'sqlite' | 'mysql'): Promise<string> {
  made += 1;
  if (engine === 'sqlite') return `sqlite:${join(testFolder(), `${made}.db`)}`;
  const server = process.env.JOBS_TEST_MYSQL_URL;
  if (!server) throw new Error('JOBS_TEST_MYSQL_URL names no server');
  const name = `move_${process.pid}_${made}`;
  await onServer(server, `create database ${name} character set utf8mb4`);
  onTestFinished(() => onServer(server, `drop database ${name}`));
  return server.replace(/\/[^/?]+(\?|$)/, `/${name}$1`);
}

async function onServer(url: string, statement: string): Promise<void> {
  const dialect = await open(url);
  try {
    await dialect.db.executeQuery(CompiledQuery.raw(statement));
  } finally {
    await dialect.close();
  }
}
