// The outcomes of many jobs in one statement.

import { STEPS } from '../../job/lifecycle.ts';
import { RunAgain } from '../dialect.ts';
import { type Prepared, places } from '../prepared.ts';
import type { SettleRow } from '../rows.ts';
import type { Tx } from '../tx.ts';

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
    // Check before allocating an event number: a number that is rolled back delays listeners.
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

/** A value that is the same for all rows is in the statement once, others once for each group of rows: outcomes differ in a time and a result, if at all. */
function statementFor(rows: readonly SettleRow[]): { sql: string; values: Value[] } {
  const values: Value[] = [];
  const sourceOf = (name: Name | 'node' | 'run'): string => {
    const groups = new Map<Value, string[]>();
    for (const row of rows) {
      const group = groups.get(row[name]);
      if (group) group.push(row.id);
      else groups.set(row[name], [row.id]);
    }
    if (groups.size === 1) {
      values.push((rows[0] as SettleRow)[name]);
      return '?';
    }
    // What most rows have needs no list of them.
    const [most, ...others] = [...groups].sort(([, a], [, b]) => b.length - a.length);
    const arms = others.map(([value, ids]) => {
      values.push(...ids, value);
      return `when id in (${places(ids)}) then ?`;
    });
    values.push(most?.[0] ?? null);
    return `case ${arms.join(' ')} else ? end`;
  };
  const sets = NAMES.map((name) => {
    const value = sourceOf(name);
    return `${COLUMNS[name]} = ${name === 'progress' ? `coalesce(${value}, progress)` : value}`;
  });
  const ids = rows.map(({ id }) => id);
  values.push(...ids);
  // By the primary key also where that is most of the table: a scan would wait for the rows that others hold. One table alone: a join with a list costs half as much again.
  const sql = `update pwj_jobs force index (primary) set ${sets.join(', ')}, lease_until = null where id in (${places(ids)})
    and state = '${STEPS.claim.to}' and node = ${sourceOf('node')} and run = ${sourceOf('run')}`;
  return { sql, values };
}
