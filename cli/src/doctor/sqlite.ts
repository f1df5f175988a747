// The checks of a SQLite file.
import { sql } from 'kysely';
import { type Diagnosis, type IndexPart, ok, tryTable, warn } from './diagnosis.ts';

class Undo extends Error {}

const RIGHTS = 'Give this user the right to write the file and its folder.';

/** Problems that rights of this user do not solve. */
const CURES: Readonly<Record<string, string>> = {
  disk_full: 'Make room on its disk.',
  read_only: 'Mount its disk for writing, and give this user the right to write the file and its folder.',
  no_answer: 'Find out which process locks the file.',
};

export const sqlite: Diagnosis = {
  settings: async (db) => {
    const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(db);
    const value = Number(rows[0]?.synchronous);
    const found = `synchronous is ${['OFF', 'NORMAL', 'FULL', 'EXTRA'][value] ?? '?'}`;
    return [
      value >= 2
        ? ok('durability', `${found}: a commit waits for the disk`)
        : warn('durability', `${found}: acknowledged jobs can be lost in a power failure`, 'Set synchronous to FULL.'),
    ];
  },
  tryRights: (dialect, table) =>
    dialect
      .transaction(async ({ db }) => {
        await tryTable(db, dialect.types, table);
        throw new Undo();
      })
      .catch((error: unknown) => {
        if (!(error instanceof Undo)) throw error;
      }),
  cure: (reason) => CURES[reason] ?? RIGHTS,
  mayDoEverything: async () => false,
  indexes: async (reader) => (await indexParts.execute(reader)).rows,
  oddTables: async () => [],
  damage: async (reader) => {
    const { rows } = await sql<{ quick_check: string }>`pragma quick_check(5)`.execute(reader);
    return rows.map((row) => row.quick_check).filter((line) => line !== 'ok');
  },
};

const indexParts = sql<IndexPart>`
  select t.name as "table", l.name as name, i.name as "column", l."unique" as "isUnique", i."desc" as "isBackwards"
  from sqlite_master t, pragma_index_list(t.name) l, pragma_index_xinfo(l.name) i
  where t.type = 'table' and t.name like 'pwj\\_%' escape '\\' and l.origin = 'c' and i.key = 1 order by t.name, l.name, i.seqno`;
