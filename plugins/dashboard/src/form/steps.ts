// The buttons of a form that change its shape: rows that come, go and move. What was typed stays.
import { addRow, type Draft, raiseRow, removeRow, rowsIn } from './draft.ts';
import { MOST_ROWS } from './of-schema.ts';

/** Names of buttons: `add data/to`, `remove data/to/1`, `raise data/to/1`. */
const STEP = /^(add|remove|raise) (data(?:\/[^?]*)?)$/;
const ROW = /^(.+)\/(\d{1,4})$/;

/** True when `step` was such a button. Changes `draft`. */
export function reshape(draft: Draft, step: string): boolean {
  const [, kind, at = ''] = STEP.exec(step) ?? [];
  if (kind === undefined) return false;
  if (kind === 'add') {
    addRow(draft, at, MOST_ROWS);
    return true;
  }
  const [, list = '', row] = ROW.exec(at) ?? [];
  if (row === undefined) return false;
  if (kind === 'raise') {
    raiseRow(draft, list, Number(row));
    return true;
  }
  removeRow(draft, list, Number(row), MOST_ROWS);
  // Somebody wants a list without rows: that is more than no list.
  if (rowsIn(draft, list, MOST_ROWS) === 0) draft.set(`${list}?set`, '1');
  return true;
}
