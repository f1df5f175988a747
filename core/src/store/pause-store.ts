// Pauses of types and lanes: all SQL of them.
import type { Selectable } from 'kysely';
import { cutToKey } from './dialect.ts';
import type { Ledger } from './ledger.ts';
import type { PausesTable } from './schema.ts';

export type PauseKind = 'type' | 'lane';

export interface StoredPause {
  kind: PauseKind;
  name: string;
  /** Milliseconds since 1970. */
  since: number;
  by: string | null;
  /** Schedules that were paused with it and resume with it. */
  schedules: string[];
  /** When it ends by itself; null: when it is resumed. */
  until: number | null;
  reason: string | null;
}

export class PauseStore {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Oldest first. */
  async all(): Promise<StoredPause[]> {
    const { reader } = this.#ledger.dialect;
    return (await reader.selectFrom('pwj_pauses').selectAll().orderBy('since').orderBy('name').execute()).map(read);
  }

  /** Notifies all processes. Keeps an existing pause whose time is not up; these schedules then resume with it too. */
  async add(pause: StoredPause): Promise<void> {
    const by = pause.by === null ? null : cutToKey(pause.by);
    const row = { ...pause, by, schedules: JSON.stringify(pause.schedules) };
    try {
      await this.#ledger.transact(async ({ db }, changes) => {
        changes.announce('pauses');
        await db.insertInto('pwj_pauses').values(row).execute();
      });
    } catch (error) {
      if (!this.#ledger.dialect.isDuplicate(error)) throw error;
      await this.leave(pause, pause.schedules, pause);
    }
  }

  /** Notifies all processes; undefined if there is no such pause. `overAt`: only if its time is up then. */
  remove(kind: PauseKind, name: string, overAt?: number): Promise<StoredPause | undefined> {
    return this.#ledger.transact(async (tx, changes) => {
      changes.announce('pauses');
      const query = tx.db.selectFrom('pwj_pauses').selectAll().where('kind', '=', kind).where('name', '=', name);
      const row = await tx.locked(query).executeTakeFirst();
      if (row && overAt !== undefined && !isOver(read(row), overAt)) return undefined;
      await tx.db.deleteFrom('pwj_pauses').where('kind', '=', kind).where('name', '=', name).execute();
      return row && read(row);
    });
  }

  /** Adds schedules that resume with this pause; false if there is no such pause. `next` replaces a pause whose time is up. */
  leave(
    { kind, name }: Pick<StoredPause, 'kind' | 'name'>,
    schedules: readonly string[],
    next?: StoredPause,
  ): Promise<boolean> {
    return this.#ledger.transact(async (tx, changes) => {
      const query = tx.db.selectFrom('pwj_pauses').selectAll().where('kind', '=', kind).where('name', '=', name);
      const row = await tx.locked(query).executeTakeFirst();
      if (!row) return false;
      const all = JSON.stringify([...new Set([...read(row).schedules, ...schedules])]);
      const renewed = next && isOver(read(row), next.since) ? next : undefined;
      if (renewed) changes.announce('pauses');
      const { since, by, until, reason } = renewed ?? row;
      const update = tx.db
        .updateTable('pwj_pauses')
        .set({ schedules: all, since, by: by && cutToKey(by), until, reason });
      await update.where('kind', '=', kind).where('name', '=', name).execute();
      return true;
    });
  }
}

/** Its time is up. */
export const isOver = ({ until }: StoredPause, at: number): boolean => until !== null && until <= at;

const read = (row: Selectable<PausesTable>): StoredPause => ({
  ...row,
  until: row.until === null ? null : Number(row.until),
  kind: row.kind as PauseKind,
  schedules: JSON.parse(row.schedules) as string[],
});
