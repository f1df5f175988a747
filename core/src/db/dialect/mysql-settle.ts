// The outcomes of many jobs in one statement: a list of what differs from job to job, joined with their rows.
import type { Prepared } from '../prepared.ts';
import type { SettleRow } from '../rows.ts';
import { RunAgain, type Tx } from './dialect.ts';

/** Of one statement. */
const MOST_ROWS = 500;
const MOST_BYTES = 1_000_000;
/** Of a row without its texts. */
const ROW_BYTES = 400;

/** What an outcome writes, by the names of `SettleRow`, and the column it is for. */
const COLUMNS = {
  state: 'state',
  attempt: 'attempt',
  crashes: 'crashes',
  lane: 'lane',
  result: 'result',
  error: 'error',
  message: 'message',
  reason: 'reason',
  progress: 'progress',
  runAt: 'run_at',
  dueAt: 'due_at',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
} as const satisfies Partial<Record<keyof SettleRow, string>>;

type Name = keyof typeof COLUMNS;
type Value = string | number | null;

const NAMES = Object.keys(COLUMNS) as Name[];

/** For each whether its claim still held. Which were moved cannot be told from the answer: when not all were, each is done on its own. */
export async function settleAll(tx: Tx, one: Prepared<SettleRow>, rows: readonly SettleRow[]): Promise<boolean[]> {
  if (tx.careful || rows.length === 1) return (await tx.each(one, rows)).map((n) => n === 1);
  // By id, as everybody locks rows.
  const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (let from = 0; from < sorted.length; ) {
    const part = sized(sorted, from);
    const { sql, values } = statementFor(part);
    if ((await tx.text(sql, values)).affected !== part.length) throw new RunAgain();
    from += part.length;
  }
  return rows.map(() => true);
}

/** Results may be large: as many rows as stay well below the packet of the server. */
function sized(rows: readonly SettleRow[], from: number): readonly SettleRow[] {
  let bytes = 0;
  let to = from;
  for (; to < rows.length && to - from < MOST_ROWS; to += 1) {
    const { result, error, progress, message } = rows[to] as SettleRow;
    bytes += ROW_BYTES + size(result) + size(error) + size(progress) + size(message);
    if (to > from && bytes > MOST_BYTES) break;
  }
  return rows.slice(from, to);
}

const size = (text: string | null): number => (text === null ? 0 : Buffer.byteLength(text));

/** What is the same for all rows stands in the statement once: most outcomes differ in a time and a result. */
function statementFor(rows: readonly SettleRow[]): { sql: string; values: Value[] } {
  const first = rows[0] as SettleRow;
  const differs = (name: keyof SettleRow): boolean => rows.some((row) => row[name] !== first[name]);
  const listed = (['run', 'node', ...NAMES] as const).filter(differs);
  const source = (name: keyof SettleRow): string => (listed.includes(name as Name) ? `s.${name}` : '?');
  const values: Value[] = [];
  const head = ['id', ...listed].map((name) => `? as ${name}`).join(', ');
  const next = ` union all select ${['id', ...listed].map(() => '?').join(', ')}`;
  for (const row of rows) {
    values.push(row.id);
    for (const name of listed) values.push(row[name]);
  }
  const sets = NAMES.map((name) => {
    if (!listed.includes(name)) values.push(first[name]);
    const value = name === 'progress' ? `coalesce(${source(name)}, j.progress)` : source(name);
    return `j.${COLUMNS[name]} = ${value}`;
  });
  for (const name of ['node', 'run'] as const) if (!listed.includes(name)) values.push(first[name]);
  // In this order: a scan of the jobs would wait for the rows that others hold.
  const sql = `update (select ${head}${next.repeat(rows.length - 1)}) s straight_join pwj_jobs j force index (primary) on j.id = s.id set ${sets.join(', ')},
    j.lease_until = null where j.state = 'processing' and j.node = ${source('node')} and j.run = ${source('run')}`;
  return { sql, values };
}
