// The plugin's tables, the same on SQLite, MySQL and MariaDB. Times are milliseconds since 1970.
import { column, defineTable, type PluginDatabase, type RowOf } from '@phraseworks/sdk';

/** What a secret is for: a link that signs in once, a browser that is signed in, a script. */
export type Kind = 'link' | 'session' | 'token';

/** A secret that signs a user in. */
const Passes = defineTable(
  'pwj_sign_in_passes',
  {
    /** SHA-256 of the secret, in hexadecimal. */
    hash: column.text(64),
    kind: column.text<Kind>(8),
    /** Of a token. */
    name: column.text(60).orNull(),
    /** Rights, separated by commas. */
    may: column.text(60),
    began: column.integer(),
    /** When it was last used, written at most once a minute. */
    seen: column.integer().orNull(),
    ends: column.integer(),
  },
  { key: 'hash', unique: [['name']] },
);

/** One row. */
const Site = defineTable(
  'pwj_sign_in_site',
  {
    id: column.integer(),
    /** The name of the cookie, different for each database: two sites on one host must not sign each other out. */
    cookie: column.text(20),
    /** The page's address, as known to the process that started last. */
    page: column.text().orNull(),
  },
  { key: 'id' },
);

export const tables = [Passes, Site] as const;

export type Database = PluginDatabase<typeof tables>;
export type PassRow = RowOf<typeof Passes>;
