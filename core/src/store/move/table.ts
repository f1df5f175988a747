// What a table is made of, asked of the engine itself: its columns, their kinds, and its primary key.
import { CompiledQuery, type Kysely } from 'kysely';
import type { ColumnFact, Dialect } from '../dialect.ts';
import type { Database } from '../schema.ts';
import { type Kind, kindOf } from './cells.ts';

export interface Column {
  name: string;
  kind: Kind;
}

export interface Table {
  name: string;
  /** By name, so that both sides have them in one order. */
  columns: readonly Column[];
  /** The columns of the primary key, in its order. */
  key: readonly string[];
  /** Rows that are not part of a move, by the value of their key. */
  kept: readonly string[];
}

/** A table that cannot be moved, and why. */
export interface Unmovable {
  name: string;
  why: string;
}

/** Undefined when there is no such table. */
export async function describeTable(
  { tables, reader }: Dialect,
  name: string,
  kept: readonly string[] = [],
): Promise<Table | Unmovable | undefined> {
  const facts = await tables.columns(reader, name);
  return facts.length === 0 ? undefined : readFacts(name, facts, kept);
}

export function readFacts(name: string, facts: readonly ColumnFact[], kept: readonly string[]): Table | Unmovable {
  const columns: Column[] = [];
  for (const fact of [...facts].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const kind = kindOf(fact.type);
    if (kind === null)
      return { name, why: `its column ${fact.name} is declared as "${fact.type}", which engines keep differently` };
    columns.push({ name: fact.name, kind });
  }
  const key = facts
    .filter(({ place }) => Number(place) > 0)
    .sort((a, b) => Number(a.place) - Number(b.place))
    .map((fact) => fact.name);
  if (key.length === 0) return { name, why: 'it has no primary key' };
  if (key.some((part) => !['integer', 'text'].includes(columns.find((column) => column.name === part)?.kind ?? '')))
    return { name, why: 'its primary key is neither text nor a whole number' };
  return { name, columns, key, kept };
}

export const isMovable = (table: Table | Unmovable | undefined): table is Table =>
  table !== undefined && 'columns' in table;

/** Runs a statement that was written by hand. */
export async function ask<R>(db: Kysely<Database>, text: string, values: readonly unknown[] = []): Promise<R[]> {
  return (await db.executeQuery<R>(CompiledQuery.raw(text, [...values]))).rows;
}
