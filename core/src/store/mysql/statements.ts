// MySQL's hot statements: as few round trips as possible, one order of locks, and claims that skip locked rows.
import type { Kysely } from 'kysely';
import { STEPS } from '../../job/lifecycle.ts';
import { type ClaimedJob, KEPT } from '../../job/record.ts';
import { RunAgain } from '../dialect.ts';
import { HoldsChanged } from '../holds.ts';
import { HOLDS_KEY } from '../meta.ts';
import { type Prepared, places } from '../prepared.ts';
import { columnName, type Database, selected } from '../schema.ts';
import {
  type ClaimParams,
  type ClaimTheseParams,
  deadlineOf,
  held,
  SETTLED,
  type SettleRow,
  type Statements,
  settle,
  sharedStatements,
} from '../shared-statements.ts';
import type { Tx } from '../tx.ts';
import { ClaimCursors } from './claim-cursor.ts';
import { isLocked } from './errors.ts';

/** Values of one statement. */
const CHUNK = 500;
/** Round trips are expensive, and the event loop is free while the server works. */
const PREFETCH = 256;

const CLAIM = STEPS.claim;

type Read = <P, R>(query: Prepared<P, R>, params: P) => Promise<R[]>;
type ReadText = (text: string, values: readonly unknown[]) => Promise<Record<string, unknown>[]>;

export function mysqlStatements(db: Kysely<Database>, read: { prepared: Read; text: ReadText }): Statements {
  const q = {
    held: held(db),
    settle: settle(db),
  };
  const cursors = new ClaimCursors();
  return {
    ...sharedStatements(db),
    prefetch: PREFETCH,
    byKeys: async (tx, keys) => {
      if (keys.length === 0) return new Map();
      const found = await textOf(
        tx,
        `select idempotency_key as name, id, fingerprint from pwj_jobs where idempotency_key in (${places(keys)})`,
        keys,
      );
      return new Map(
        found.map((row) => [String(row.name), { id: String(row.id), fingerprint: row.fingerprint as string | null }]),
      );
    },
    keysInUse,
    heads: async (types, claim) => {
      const known = claim && claim.above === undefined ? cursors.heads(types, claim.now) : null;
      const found = known?.heads ?? new Map<string, number>();
      const asked = known?.unknown ?? types;
      if (asked.length === 0) return found;
      const above = claim?.above ?? BELOW_ALL;
      const fresh = claim?.fresh.filter((type) => asked.includes(type)) ?? [];
      const text = [HEADS(asked), ...fresh.map(() => HEAD)].join(' union all ');
      const values = [above, ...asked, ...fresh.flatMap((type) => [type, type, above])];
      const rows = claim ? await textOf(claim.tx, text, values) : await read.text(text, values);
      const heads = new Map(
        rows.flatMap(({ type, priority }) => (priority === null ? [] : [[String(type), Number(priority)] as const])),
      );
      if (claim && known) for (const type of asked) cursors.found(type, heads.get(type) ?? null, claim.now);
      return new Map([...found, ...heads]);
    },
    noneReady: async (types, { tx, holds, fresh }) => {
      await tx.expect(...expected(holds));
      const rows = await textOf(tx, `${READY(types)} limit 1`, types);
      return rows.length === 0 && !fresh.some((type) => types.includes(type));
    },
    claim: (tx, params) => claim(tx, cursors, params),
    claimThese,
    rewindClaims: (why) => cursors.rewind(why),
    settle: (tx, rows) => settleAll(tx, q.settle, rows),
    renew: async (tx, { node, leaseUntil }) => {
      // Select first, then update by id: through the index, locks would be taken in a different order than by a settlement.
      const rows = await tx.all(q.held, { node });
      const ids = rows.map(({ id }) => id).sort();
      const until = leaseUntil();
      for (let from = 0; from < ids.length; from += CHUNK) {
        const chunk = ids.slice(from, from + CHUNK);
        await textOf(
          tx,
          `update pwj_jobs force index (primary) set lease_until = ? where id in (${places(chunk)}) and state = '${CLAIM.to}' and node = ?`,
          [until, ...chunk, node],
        );
      }
      return rows;
    },
  };
}

const textOf = async (tx: Tx, text: string, values: readonly unknown[]): Promise<Record<string, unknown>[]> =>
  (await tx.text(text, values)).rows;

/** One statement says whether there are any; halves say which. */
async function keysInUse(tx: Tx, keys: readonly string[]): Promise<string[]> {
  if (keys.length === 0) return [];
  try {
    await textOf(tx, `select 1 from pwj_jobs where idempotency_key in (${places(keys)}) for update nowait`, keys);
    return [];
  } catch (error) {
    if (!isLocked(error)) throw error;
    if (keys.length === 1) return [...keys];
    const half = keys.length >> 1;
    return [...(await keysInUse(tx, keys.slice(0, half))), ...(await keysInUse(tx, keys.slice(half)))];
  }
}

/** Sorts before every priority that fits the column. */
const BELOW_ALL = -2_147_483_649;
/** Types of these that count ready jobs, as of the last commit. */
const READY = (types: readonly string[]): string =>
  `select type from pwj_counts where state = '${CLAIM.from[0]}' and type in (${places(types)}) group by type having sum(n) > 0`;
const FIRST = `select priority from pwj_jobs force index (pwj_jobs_claim) where state = '${CLAIM.from[0]}' and type = `;
const BEST = 'and priority > ? order by state, type, priority, id limit 1';
/** One step in the claim index for each of them. */
const HEADS = (types: readonly string[]): string =>
  `select type, (${FIRST} ready.type ${BEST}) as priority from (${READY(types)}) as ready`;
const HEAD = `select ? as type, (${FIRST} ? ${BEST}) as priority`;

/** Locked for the others' changes until the transaction ends. */
const HOLDS = `select value from pwj_meta where \`key\` = '${HOLDS_KEY}' lock in share mode`;
const expected = (holds: number) =>
  [
    HOLDS,
    (rows: Record<string, unknown>[]) => {
      if (Number(rows[0]?.value) !== holds) throw new HoldsChanged();
    },
  ] as const;

/** What a claim reads of a row. */
const CLAIMED = `${selected(KEPT).join(', ')}, attempt + 1 as attempt, run + 1 as run,
  coalesce(greatest(run_at, ready_at), run_at, ready_at, case when attempt = 0 then created_at end) as since,
  ${deadlineOf('waits_until')} as waitsUntil, ${deadlineOf('give_up_at')} as giveUpAt`;
/** In the order of the claim index, so that no more rows are locked than claimed; skips rows locked by others. */
const pick = (where: string): string =>
  `select ${CLAIMED} from pwj_jobs force index (pwj_jobs_claim)
  where state = '${CLAIM.from[0]}' and type = ? and priority = ? ${where} order by id limit ? for update skip locked`;
const PICK = pick('');
const PICK_BEHIND = pick('and id > ?');
const PICK_BEFORE = pick('and id <= ?');
/** Force the primary key even for most of the table: a scan would wait for rows that others hold. */
const TAKE = `update pwj_jobs force index (primary) set state = '${CLAIM.to}', run = run + 1, attempt = attempt + 1, node = ?, lease_until = ?, started_at = ?, progress = null, reason = null`;

async function claim(tx: Tx, cursors: ClaimCursors, params: ClaimParams): Promise<ClaimedJob[]> {
  const { type, priority, limit, now, holds } = params;
  const ask = async (text: string, ...values: readonly unknown[]): Promise<Omit<ClaimedJob, 'startedAt'>[]> =>
    (await textOf(tx, text, [type, priority, ...values])) as unknown as ClaimedJob[];
  const start = cursors.start(type, priority, now);
  await tx.expect(...expected(holds));
  const rows = start === null ? await ask(PICK, limit) : await ask(PICK_BEHIND, start, limit);
  const full = rows.length === limit;
  if (!full && start !== null) rows.unshift(...(await ask(PICK_BEFORE, start, limit - rows.length)));
  cursors.ended(type, priority, now, { start, last: rows.at(-1)?.id ?? '', full });
  return take(tx, rows, params);
}

async function claimThese(tx: Tx, params: ClaimTheseParams): Promise<ClaimedJob[]> {
  const { ids, holds } = params;
  if (ids.length === 0) return [];
  await tx.expect(...expected(holds));
  const text = `select ${CLAIMED} from pwj_jobs force index (primary) where id in (${places(ids)}) and state = '${CLAIM.from[0]}' for update skip locked`;
  return take(tx, (await textOf(tx, text, ids)) as unknown as ClaimedJob[], params);
}

async function take(
  tx: Tx,
  rows: readonly Omit<ClaimedJob, 'startedAt'>[],
  { node, leaseUntil, now }: Pick<ClaimParams, 'node' | 'leaseUntil' | 'now'>,
): Promise<ClaimedJob[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  await tx.later(`${TAKE} where id in (${places(ids)})`, [node, leaseUntil, now, ...ids]);
  return rows.map((row) => ({ startedAt: now, ...row }));
}

/** Of one statement. */
const MOST_ROWS = 500;
const MOST_BYTES = 1_000_000;
/** Of a row without its texts. */
const ROW_BYTES = 400;

const COLUMNS = SETTLED.map((name) => [name, columnName(name)] as const);

type Value = string | number | null;

/** For each whether its claim still held. MySQL returns only a count, so on a mismatch each row is settled by itself. */
async function settleAll(tx: Tx, one: Prepared<SettleRow>, rows: readonly SettleRow[]): Promise<boolean[]> {
  if (tx.careful || rows.length === 1) return (await tx.each(one, rows)).map((n) => n === 1);
  // Sorted by id: all writers lock in this order.
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
  const sourceOf = (name: (typeof SETTLED)[number] | 'node' | 'run'): string => {
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
    // The most common value goes into `else`.
    const [most, ...others] = [...groups].sort(([, a], [, b]) => b.length - a.length);
    const arms = others.map(([value, ids]) => {
      values.push(...ids, value);
      return `when id in (${places(ids)}) then ?`;
    });
    values.push(most?.[0] ?? null);
    return `case ${arms.join(' ')} else ? end`;
  };
  const sets = COLUMNS.map(([name, column]) => {
    const value = sourceOf(name);
    return `${column} = ${name === 'progress' ? `coalesce(${value}, progress)` : value}`;
  });
  const ids = rows.map(({ id }) => id);
  values.push(...ids);
  // By the primary key also where that is most of the table: a scan would wait for the rows that others hold. One table alone: a join with a list costs half as much again.
  const sql = `update pwj_jobs force index (primary) set ${sets.join(', ')}, lease_until = null where id in (${places(ids)})
    and state = '${STEPS.claim.to}' and node = ${sourceOf('node')} and run = ${sourceOf('run')}`;
  return { sql, values };
}
