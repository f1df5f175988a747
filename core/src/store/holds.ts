// What holds types back, as all processes share it: pauses, plugins that an administrator disabled, types that their own jobs closed, and types whose ends have to be followed. One number rises with every
// change of it; each claim reads that number in its own transaction, so that no process claims by what it knew before.
import { Needing } from '../kernel/container.ts';
import { cutToKey } from './dialect.ts';
import { Ledger } from './ledger.ts';
import { ALL } from './limits.ts';
import { HOLDS_KEY } from './meta.ts';
import type { Row } from './schema.ts';
import type { Tx } from './tx.ts';

export type StoredPause = Row<'pwj_pauses'>;
export type PauseKind = StoredPause['kind'];

export interface StoredHolds {
  number: number;
  /** Oldest first. */
  pauses: readonly StoredPause[];
  /** Plugins that are switched off at run time. */
  disabled: ReadonlySet<string>;
  /** Names of limits that were closed at run time: types without a limit of their own among them. */
  closed: ReadonlySet<string>;
  /** Types whose jobs others wait for. */
  linked: ReadonlySet<string>;
}

/** Thrown inside a claim: a plugin or a pause has changed since it was planned. */
export class HoldsChanged extends Error {}

/** Call in every transaction that changes a plugin or a pause: waits for open claims, and later ones see it. */
export async function raiseHolds({ db }: Tx): Promise<void> {
  await db
    .updateTable('pwj_meta')
    .set((e) => ({ value: e('value', '+', e.lit(1) as never) as never }))
    .where('key', '=', HOLDS_KEY)
    .execute();
}

/** Its time is up. */
export const isOver = ({ until }: StoredPause, at: number): boolean => until !== null && until <= at;

export class HoldStore extends Needing<typeof HoldStore.needs> {
  static readonly needs = { ledger: Ledger };

  async read(): Promise<StoredHolds> {
    const { reader } = this.needs.ledger.dialect;
    // The number first: if it changes meanwhile, the next claim reads again.
    const row = await reader.selectFrom('pwj_meta').select('value').where('key', '=', HOLDS_KEY).executeTakeFirst();
    const pauses = await reader.selectFrom('pwj_pauses').selectAll().orderBy('since').orderBy('name').execute();
    const off = await reader.selectFrom('pwj_plugins').select('name').where('enabled', '=', 0).execute();
    const limits = reader.selectFrom('pwj_limits').select('name').where('value', '=', ALL);
    const closed = await limits.where('closed_until', 'is not', null).execute();
    const linked = await reader.selectFrom('pwj_linked_types').select('type').execute();
    return {
      number: Number(row?.value ?? 0),
      pauses,
      disabled: new Set(off.map(({ name }) => name)),
      closed: new Set(closed.map(({ name }) => name)),
      linked: new Set(linked.map(({ type }) => type)),
    };
  }

  /** Keeps an existing pause whose time is not up. */
  pause(pause: StoredPause): Promise<void> {
    const row = { ...pause, by: pause.by === null ? null : cutToKey(pause.by) };
    return this.needs.ledger.transact(async (tx, changes) => {
      await raiseHolds(tx);
      changes.announce('pauses');
      const known = await pauseIn(tx, pause).executeTakeFirst();
      if (known && !isOver(known, pause.since)) return;
      await deletePause(tx, pause);
      await tx.db.insertInto('pwj_pauses').values(row).execute();
    });
  }

  /** Returns whether there was one. `overAt`: only if its time is up then. */
  resume(kind: PauseKind, name: string, overAt?: number): Promise<boolean> {
    return this.needs.ledger.transact(async (tx, changes) => {
      await raiseHolds(tx);
      const row = await pauseIn(tx, { kind, name }).executeTakeFirst();
      if (!row || (overAt !== undefined && !isOver(row, overAt))) return false;
      changes.announce('pauses');
      await deletePause(tx, { kind, name });
      return true;
    });
  }
}

type PauseKey = Pick<StoredPause, 'kind' | 'name'>;

const pauseIn = ({ db }: Tx, { kind, name }: PauseKey) =>
  db.selectFrom('pwj_pauses').selectAll().where('kind', '=', kind).where('name', '=', name);

const deletePause = ({ db }: Tx, { kind, name }: PauseKey) =>
  db.deleteFrom('pwj_pauses').where('kind', '=', kind).where('name', '=', name).execute();
