// Small parts that pages share.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { count, number } from './text.ts';
import type { Visit } from './visit.ts';

/** The pages above this one, by path. */
export const Trail = ({ visit: { to }, pages }: { visit: Visit; pages: Record<string, string> }) => (
  <p class="trail">
    {Object.entries(pages).map(([path, name], i) => (
      <>
        {i === 0 ? null : ' / '}
        <a href={to(path)}>{name}</a>
      </>
    ))}
  </p>
);

/** How many of a list are not on the page; nothing if all are. */
export const NotShown = ({ n, one, many }: { n: number; one?: string; many?: string }) =>
  n <= 0 ? null : <p class="faint">{`${one === undefined ? `${number(n)} more` : count(n, one, many)} not shown.`}</p>;

/** What a form sends beside its fields. */
export const Hidden = ({ fields }: { fields: Readonly<Record<string, string | undefined>> }) => (
  <>
    {Object.entries(fields).map(([name, value]) =>
      value === undefined ? null : <input type="hidden" name={name} value={value} data-key={`kept-${name}`} />,
    )}
  </>
);

/** A button that asks before its form acts. */
export const Confirm = ({ name, label, children }: { name: string; label: string; children: Child }) => (
  <details class="confirm" data-key={name}>
    <summary class="button">{label}</summary>
    {children}
  </details>
);

type Fact = [string, Child | null];

/** Names and values; those without a value are left out. */
export const Facts = ({ rows }: { rows: Fact[] }) => (
  <dl class="facts">
    {rows.map(([name, value]) =>
      value === null ? null : (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ),
    )}
  </dl>
);

export interface Column<T> {
  label: string;
  cell: (row: T) => Child;
  /** Heads the column instead of its label, such as a link that sorts. */
  head?: Child;
  sorted?: 'ascending' | 'descending' | undefined;
  number?: boolean | undefined;
  classOf?: (row: T) => string | undefined;
  /** Its cells name their rows. */
  names?: boolean;
}

interface TableProps<T> {
  /** What it is, for those who cannot see it. */
  caption?: string;
  name?: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf?: (row: T) => string;
  idOf?: (row: T) => string;
}

/** On a narrow screen each row is a card. */
export const Table = <T,>({ caption, name, columns, rows, keyOf, idOf }: TableProps<T>) => (
  <table class={name === undefined ? 'plain' : `plain ${name}`}>
    {caption === undefined ? null : <caption class="hidden">{caption}</caption>}
    <thead>
      <tr>
        {columns.map(({ label, head, number, sorted }) => (
          <th scope="col" class={number ? 'number' : undefined} aria-sort={sorted}>
            {head ?? label}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
        <tr data-key={keyOf?.(row)} id={idOf?.(row)}>
          {columns.map(({ label, cell, names, number, classOf }) =>
            names ? (
              <th scope="row">{cell(row)}</th>
            ) : (
              <td data-label={label} class={number ? 'number' : classOf?.(row)}>
                {cell(row)}
              </td>
            ),
          )}
        </tr>
      ))}
    </tbody>
  </table>
);
