// The plugin's tables, the same on SQLite, MySQL and MariaDB: figures per day, and the reports that were made.
import type { Migration } from '@phraseworks/sdk';
import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { CountRow, ReasonRow, SlowRow, TimeRow } from './collect/fold.ts';

export interface CollectorRow {
  id: number;
  /** Which process adds to the figures, and until when the others stand by. */
  holder: string;
  held_until: number;
  /** Incremented by every addition. */
  version: number;
  /** JSON of a `Mark`. */
  mark: string;
  /** Since when figures are kept. Milliseconds since 1970. */
  since: number;
}

export interface DiskRow {
  day: string;
  /** `host:path`. */
  place: string;
  used: number;
  total: number;
}

export interface RunRow {
  /** The id of the job that made it. */
  id: string;
  type: string;
  title: string;
  label: string;
  from_day: string;
  made_at: number;
  /** JSON: `{ format, name, bytes }[]`. */
  files: string;
  /** 1: no job ended in its period. */
  empty: number;
  sent: number;
  recipients: number;
  /** Why it was not sent to some or all recipients. */
  reason: string;
}

export type Tables = {
  pwj_report_counts: CountRow;
  pwj_report_times: TimeRow;
  pwj_report_reasons: ReasonRow;
  pwj_report_slowest: SlowRow;
  pwj_report_disks: DiskRow;
  pwj_report_collector: CollectorRow;
  pwj_report_runs: RunRow;
};

export type Database = Kysely<Tables>;

type Table = CreateTableBuilder<string, string>;
type Columns = [name: string, type: 'day' | 'name' | 'key' | 'line' | 'int' | 'big' | 'text'][];

const TYPES = {
  day: sql`varchar(10)`,
  name: sql`varchar(190)`,
  key: sql`varchar(64)`,
  line: sql`varchar(400)`,
  int: sql`integer`,
  big: sql`bigint`,
  text: sql`text`,
};

function table(
  name: keyof Tables,
  key: string[],
  columns: Columns,
  more: (table: Table) => Table = (same) => same,
): Migration {
  return {
    async up(db) {
      let made: Table = db.schema.createTable(name).ifNotExists();
      for (const [column, type] of columns) made = made.addColumn(column, TYPES[type], (one) => one.notNull());
      await more(made.addPrimaryKeyConstraint(`${name}_key`, key as never)).execute();
    },
    down: (db) => db.schema.dropTable(name).ifExists().execute(),
  };
}

export const migrations: Record<string, Migration> = {
  '001_counts': table(
    'pwj_report_counts',
    ['day', 'hour', 'type'],
    [
      ['day', 'day'],
      ['hour', 'int'],
      ['type', 'name'],
      ['completed', 'big'],
      ['failed', 'big'],
      ['retried', 'big'],
      ['cancelled', 'big'],
    ],
  ),
  '002_times': table(
    'pwj_report_times',
    ['day', 'kind', 'bucket', 'type'],
    [
      ['day', 'day'],
      ['type', 'name'],
      ['kind', 'day'],
      ['bucket', 'int'],
      ['n', 'big'],
    ],
  ),
  '003_reasons': table(
    'pwj_report_reasons',
    ['day', 'type', 'reason_key'],
    [
      ['day', 'day'],
      ['type', 'name'],
      ['reason_key', 'key'],
      ['reason', 'line'],
      ['failed', 'big'],
      ['retried', 'big'],
    ],
  ),
  '004_slowest': table(
    'pwj_report_slowest',
    ['day', 'job_id'],
    [
      ['day', 'day'],
      ['job_id', 'key'],
      ['type', 'name'],
      ['about', 'line'],
      ['ms', 'big'],
      ['ended_at', 'big'],
    ],
  ),
  '005_disks': table(
    'pwj_report_disks',
    ['day', 'place'],
    [
      ['day', 'day'],
      ['place', 'name'],
      ['used', 'big'],
      ['total', 'big'],
    ],
  ),
  '006_collector': table(
    'pwj_report_collector',
    ['id'],
    [
      ['id', 'int'],
      ['holder', 'key'],
      ['held_until', 'big'],
      ['version', 'big'],
      ['mark', 'text'],
      ['since', 'big'],
    ],
  ),
  '007_runs': table(
    'pwj_report_runs',
    ['id'],
    [
      ['id', 'key'],
      ['type', 'key'],
      ['title', 'name'],
      ['label', 'name'],
      ['from_day', 'day'],
      ['made_at', 'big'],
      ['files', 'text'],
      ['empty', 'int'],
      ['sent', 'int'],
      ['recipients', 'int'],
      ['reason', 'line'],
    ],
    // An index for "newest first", as a constraint because MySQL has no "create index if not exists".
    (made) => made.addUniqueConstraint('pwj_report_runs_made', ['made_at', 'id'] as never),
  ),
};
