// Why jobs failed or were retried, by quarter of an hour and type.
import { createHash } from 'node:crypto';
import { type FailureReason, type JobEvent, oneLine } from '@phraseworks/sdk';
import { maskStart } from '@phraseworks/sdk/secrets';
import { sql } from 'kysely';
import { QUARTER } from './history.ts';
import type { Database, ReasonRow } from './tables.ts';

const TABLE = 'pwj_metrics_reasons';

/** Reasons with their own row, per quarter of an hour and type in one process; the others are counted together. */
const MOST = 50;
const OTHERS = 'other reasons';

/** What this process has counted and not written yet. */
export class ReasonTally {
  #rows = new Map<string, ReasonRow>();
  /** Reasons by quarter and type. */
  #known = new Map<string, number>();

  note({ event, jobType: type, error, reason: code }: JobEvent, now: number): void {
    if (event !== 'job_failed' && event !== 'job_retry') return;
    const at = now - (now % QUARTER);
    const group = `${at} ${type}`;
    const text = plainReason(error ?? code ?? 'no reason given');
    const known = this.#known.get(group) ?? 0;
    const isNew = !this.#rows.has(`${group} ${text}`);
    if (isNew && known < MOST) this.#known.set(group, known + 1);
    const reason = isNew && known >= MOST ? OTHERS : text;
    const row = this.#rows.get(`${group} ${reason}`) ?? {
      at,
      type,
      reason_key: createHash('sha256').update(reason).digest('hex').slice(0, 32),
      reason,
      failed: 0,
      retried: 0,
    };
    this.#rows.set(`${group} ${reason}`, row);
    row[event === 'job_failed' ? 'failed' : 'retried'] += 1;
  }

  /** Ordered by key, so that processes do not deadlock. */
  take(): ReasonRow[] {
    const rows = [...this.#rows].sort(([one], [two]) => (one < two ? -1 : 1)).map(([, row]) => row);
    this.#rows = new Map();
    this.#known = new Map();
    return rows;
  }
}

export async function addReasons(db: Pick<Database, 'insertInto'>, rows: readonly ReasonRow[]): Promise<void> {
  for (let from = 0; from < rows.length; from += MOST)
    await db
      .insertInto(TABLE)
      .values(rows.slice(from, from + MOST))
      .onConflict((conflict) =>
        conflict.columns(['at', 'type', 'reason_key']).doUpdateSet((e) => ({
          failed: e(`${TABLE}.failed`, '+', e.ref('excluded.failed')),
          retried: e(`${TABLE}.retried`, '+', e.ref('excluded.retried')),
        })),
      )
      .execute();
}

/** Most frequent first. */
export async function readReasons(db: Database, from: number, to: number, limit: number): Promise<FailureReason[]> {
  const rows = await db
    .selectFrom(TABLE)
    .select(({ fn }) => [
      'type',
      fn.max('reason').as('reason'),
      sql<number>`sum(failed)`.as('failures'),
      sql<number>`sum(retried)`.as('retries'),
    ])
    .where('at', '>=', from)
    .where('at', '<', to)
    .groupBy(['type', 'reason_key'])
    .orderBy('failures', 'desc')
    .orderBy('retries', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ type, reason, failures, retries }) => ({
    type,
    reason,
    failed: Number(failures),
    retried: Number(retries),
  }));
}

const ADDRESS = /[^\s@<>()[\],;:"']{1,64}@([a-z0-9.-]{1,253})/gi;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const LONG_NUMBER = /\b(?:0x)?[0-9a-f]*\d[0-9a-f]*\b/gi;
const LONGEST = 200;

/** Replaces ids, long numbers and the names in addresses by `...`, so that equal errors read alike and name no person or secret. */
export function plainReason(message: string): string {
  const line = oneLine(maskStart(message, 2_000)).replace(/\s+/g, ' ');
  const plain = line
    .replace(ADDRESS, '...@$1')
    .replace(UUID, '...')
    .replace(LONG_NUMBER, (number) => (number.length > 6 ? '...' : number));
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST - 3)}...` : plain;
}
