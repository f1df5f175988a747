// The tables and the lists that plugins give: as many rows as a page bears, and cells that are text, numbers, times or links.
/** @jsxImportSource hono/jsx */
import type { Block, Cell } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { jobPath, reachable } from '../address.ts';
import { shown } from '../job/shown.ts';
import { msOf, When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { capital, number } from '../wording.ts';

export type BlockOf<T extends Block['type']> = Extract<Block, { type: T }>;

const ROWS = 500;
const LONGEST_CELL = 500;
const SHORT = 24;

export function Table({ visit, table: { columns, rows } }: { visit: Visit; table: BlockOf<'table'> }) {
  if (rows.length === 0) {
    return (
      <div class="empty">
        <p>Nothing here yet.</p>
      </div>
    );
  }
  const names = columns.map((column) => capital(shown(column, 100)));
  const numeric = columns.map((_, i) => isNumeric(rows, i));
  return (
    <>
      <table class="plain">
        <thead>
          <tr>
            {names.map((name, i) => (
              <th scope="col" class={numeric[i] ? 'number' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS).map((row) => (
            <tr>
              {row.map((cell, i) => (
                <td data-label={names[i]} class={classOf(cell, numeric[i])}>
                  {/^job$/i.test(columns[i] ?? '') ? jobOf(cell, visit) : cellOf(cell, visit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > ROWS ? <p class="faint">{`${number(rows.length - ROWS)} more not shown.`}</p> : null}
    </>
  );
}

export const ItemList = ({ visit, list: { items } }: { visit: Visit; list: BlockOf<'list'> }) => (
  <>
    <ul class="items">
      {items.slice(0, ROWS).map((item) => (
        <li>{cellOf(item, visit)}</li>
      ))}
    </ul>
    {items.length > ROWS ? <p class="faint">{`${number(items.length - ROWS)} more not shown.`}</p> : null}
  </>
);

const isNumeric = (rows: readonly Cell[][], column: number): boolean =>
  rows.some((row) => typeof row[column] === 'number') &&
  rows.every((row) => typeof row[column] === 'number' || row[column] === null);

/** What is short stays on one line. */
const classOf = (cell: Cell, isNumber: boolean | undefined): string | undefined => {
  if (isNumber) return 'number';
  const text = typeof cell === 'object' ? cell?.text : String(cell);
  return text === undefined || text.length <= SHORT ? 'short' : undefined;
};

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

function cellOf(cell: Cell, visit: Visit): Child {
  if (cell === null) return <span class="faint">-</span>;
  if (typeof cell === 'number') return number(cell);
  if (typeof cell === 'string') return textOf(cell, visit, LONGEST_CELL);
  const text = shown(cell.text, LONGEST_CELL);
  const href = reachable(visit, cell.href);
  return href === undefined ? text : <a href={href}>{text}</a>;
}

const JOB_ID = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;

/** In a column `job` an id leads to the page of the job; its end distinguishes it. */
function jobOf(cell: Cell, visit: Visit): Child {
  if (typeof cell !== 'string' || !JOB_ID.test(cell)) return cellOf(cell, visit);
  return (
    <a href={visit.to(jobPath(cell))} title={cell}>
      <code>{cell.slice(-12)}</code>
    </a>
  );
}

/** A time is shown as how long ago it was, where there is such a time. */
export const textOf = (text: string, { now }: Pick<Visit, 'now'>, most: number): Child =>
  ISO_TIME.test(text) && !Number.isNaN(msOf(text)) ? <When at={text} now={now} /> : shown(text, most);
