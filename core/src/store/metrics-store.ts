// The figures that outlive the jobs: by the minute, by the hour and in all, added up over all processes.
import { sql } from 'kysely';
import type { Ledger } from './ledger.ts';
import { addFigures, FIGURES, type Figures, isGreatest, type MinuteRow } from './minute-columns.ts';
import { PASS } from './transition.ts';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
/** The span of the rows that hold everything since the beginning. */
const EVER = 0;
/** Instead of a type: the sum of all types. */
export const ALL_TYPES = '';

/** What happened to jobs of one type within one minute; `at` is its beginning, in milliseconds since 1970. */
export interface MinuteFigures {
  at: number;
  type: string;
  figures: Figures;
}

export class MetricsStore {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Adds to the stored figures, in one transaction. */
  async add(minutes: readonly MinuteFigures[]): Promise<void> {
    if (minutes.length === 0) return;
    const rows = rowsOf(minutes);
    await this.#ledger.transact(async (tx, changes) => {
      // Its row shows whether a commit whose answer was lost is stored: sums must not be added twice.
      changes.announce('minutes');
      await this.#ledger.dialect.hot.addMinutes(tx, rows);
    });
  }

  /** Sums from `from` on, before `to`, in slots of `step`; by the hour where the step is made of hours. Slot to figures. */
  async slots(type: string, { from, to, step }: { from: number; to: number; step: number }) {
    const span = step % HOUR === 0 ? HOUR : MINUTE;
    const rows = await this.#ledger.dialect.reader
      .selectFrom('pwj_minutes')
      .select(sql<number>`at - at % ${sql.lit(step)}`.as('slot'))
      .select(summed)
      .where('span', '=', span)
      .where('type', '=', type)
      .where('at', '>=', from)
      .where('at', '<', to)
      .groupBy('slot')
      .execute();
    return new Map(rows.map((row) => [Number(row.slot), figuresIn(row)]));
  }

  /** How many jobs waited at the end of each minute that has figures, the oldest first. */
  async depths(type: string, { from, to }: { from: number; to: number }): Promise<{ at: number; pending: number }[]> {
    const rows = await this.#ledger.dialect.reader
      .selectFrom('pwj_minutes')
      .select(['at', 'pending'])
      .where('span', '=', MINUTE)
      .where('type', '=', type)
      .where('at', '>=', from)
      .where('at', '<', to)
      .orderBy('at')
      .execute();
    return rows.map(({ at, pending }) => ({ at: Number(at), pending: Number(pending ?? 0) }));
  }

  /** Everything since the beginning, by type; `ALL_TYPES` among them. */
  async ever(): Promise<Map<string, Figures>> {
    const rows = await this.#ledger.dialect.reader
      .selectFrom('pwj_minutes')
      .selectAll()
      .where('span', '=', EVER)
      .execute();
    return new Map(rows.map((row) => [row.type, figuresIn(row)]));
  }

  /** The types that have figures, in the order of their names. */
  async types(): Promise<string[]> {
    const rows = await this.#ledger.dialect.reader
      .selectFrom('pwj_minutes')
      .select('type')
      .where('span', '=', EVER)
      .where('type', '!=', ALL_TYPES)
      .orderBy('type')
      .execute();
    return rows.map(({ type }) => type);
  }

  /** Removes minutes and hours that began before; false when one pass was not enough. */
  async prune(before: number): Promise<boolean> {
    const old = await this.#ledger.dialect.reader
      .selectFrom('pwj_minutes')
      .select('at')
      .where('at', '>', 0)
      .where('at', '<', before)
      .orderBy('at')
      .limit(PASS)
      .execute();
    const last = old.at(-1)?.at;
    if (last === undefined) return true;
    await this.#ledger.transact(async ({ db }) => {
      await db.deleteFrom('pwj_minutes').where('at', '>', 0).where('at', '<=', last).execute();
    });
    return old.length < PASS;
  }
}

/** Each minute also counts for its hour, for all time, and for all types; in the order of the key, so that processes do not lock each other out. */
function rowsOf(minutes: readonly MinuteFigures[]): MinuteRow[] {
  const rows = new Map<string, { span: number; type: string; at: number; figures: Figures }>();
  for (const { at, type, figures } of minutes) {
    for (const span of [MINUTE, HOUR, EVER]) {
      const start = span === EVER ? 0 : at - (at % span);
      const key = `${span} ${start} ${type}`;
      const row = rows.get(key) ?? { span, type, at: start, figures: {} };
      rows.set(key, row);
      addFigures(row.figures, figures);
    }
  }
  const list = [...rows.values()].map(({ figures, ...key }): MinuteRow => ({ ...key, ...NOTHING, ...figures }));
  return list.sort((a, b) => a.span - b.span || (a.type < b.type ? -1 : a.type > b.type ? 1 : a.at - b.at));
}

const NOTHING = Object.fromEntries(FIGURES.map((name) => [name, null]));

const summed = () =>
  FIGURES.map((name) => sql<number>`${sql.raw(isGreatest(name) ? 'max' : 'sum')}(${sql.ref(name)})`.as(name));

function figuresIn(row: object): Figures {
  const given = row as Record<string, unknown>;
  return Object.fromEntries(FIGURES.flatMap((name) => (given[name] === null ? [] : [[name, Number(given[name])]])));
}
