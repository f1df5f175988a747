// Lets a step of a migration run again: where schema changes cannot be rolled back, a crash leaves it half done.
import type { Kysely } from 'kysely';
import type { Database } from '../schema.ts';

export async function hasColumn(db: Kysely<Database>, table: string, column: string): Promise<boolean> {
  const found = (await db.introspection.getTables()).find(({ name }) => name === table);
  return found?.columns.some(({ name }) => name === column) ?? false;
}
