// The table of saved views.
import { column, defineTable, type RowOf } from '@phraseworks/sdk';

export const TABLE = 'pwj_dashboard_views';
export const LONGEST = { name: 60, query: 1_500 };

/** `query`: the filters as in the address of the list. */
const Views = defineTable(
  TABLE,
  { name: column.text(LONGEST.name), query: column.text(LONGEST.query) },
  { key: 'name' },
);
export const tables = [Views] as const;
export type View = RowOf<typeof Views>;
