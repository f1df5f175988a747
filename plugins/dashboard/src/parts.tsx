// Small parts that pages share.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { jobPath, typePath } from './address.ts';
import { Icon, type IconName } from './icons.tsx';
import { count, number } from './text.ts';
import { When } from './time.tsx';
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

interface ConfirmProps {
  name: string;
  label: Child;
  /** It destroys something. */
  danger?: boolean;
  open?: boolean;
  children: Child;
}

/** A button that asks before its form acts. */
export const Confirm = ({ name, label, danger = false, open = false, children }: ConfirmProps) => (
  <details class="confirm" data-key={name} open={open}>
    <summary class={danger ? 'button danger' : 'button'}>{label}</summary>
    {children}
  </details>
);

interface MenuProps {
  name: string;
  label: string;
  icon?: IconName;
  /** Links, forms with one button, and questions are its lines; what destroys comes last, with the class `danger`. */
  children: Child;
}

/** A button that opens further ones, or a short form. */
export const Menu = ({ name, label, icon, children }: MenuProps) => (
  <details class="menu" data-key={name}>
    <summary class="button">
      {icon && <Icon name={icon} />}
      <span>{label}</span>
      <Icon name="down" />
    </summary>
    <div class="drop">{children}</div>
  </details>
);

/** The title of a page, and beside it what can be done there. */
export const Head = ({ title, children }: { title: Child; children?: Child }) => (
  <header class="head">
    <h1>{title}</h1>
    <div class="buttons">{children}</div>
  </header>
);

interface Tab {
  text: Child;
  href: string;
  isHere: boolean;
  /** There is nothing behind it. */
  isEmpty?: boolean;
}

/** Parts of a page, or the same page over something else. */
export const Tabs = ({ label, tabs }: { label: string; tabs: readonly Tab[] }) => (
  <nav aria-label={label}>
    <ul class="tabs">
      {tabs.map(({ text, href, isHere, isEmpty = false }) => (
        <li class={isEmpty ? 'none' : undefined}>
          <a href={href} aria-current={isHere ? 'page' : undefined}>
            {text}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);

interface LinkProps {
  href: string;
  icon?: IconName;
  primary?: boolean;
  children: Child;
}

/** A link that looks like a button, since it leads to something to do. */
export const LinkButton = ({ href, icon, primary = false, children }: LinkProps) => (
  <a class={primary ? 'button primary' : 'button'} href={href}>
    {icon && <Icon name={icon} />}
    {children}
  </a>
);

/** In one line; null without any. */
export const linksTo = (links: readonly (readonly [text: string, href: string])[]): Child | null =>
  links.length === 0 ? null : (
    <span class="links">{links.map(([text, href], i) => [i === 0 ? '' : ', ', <a href={href}>{text}</a>])}</span>
  );

/** Links to the pages of types. */
export const typeLinks = ({ to }: Visit, types: readonly string[]): Child | null =>
  linksTo(types.map((type) => [type, to(typePath(type))]));

export interface OptionsProps {
  all: readonly (readonly [value: string, text: string])[];
  chosen: string | undefined;
}

/** Of a `select`. */
export const Options = ({ all, chosen }: OptionsProps) => (
  <>
    {all.map(([value, text]) => (
      <option value={value} selected={value === chosen}>
        {text}
      </option>
    ))}
  </>
);

/** Instead of a list without entries: a sentence, and the button that helps. */
export const Empty = ({ icon = 'empty', text, children }: { icon?: IconName; text: Child; children?: Child }) => (
  <div class="empty">
    <Icon name={icon} />
    <p>{text}</p>
    {children}
  </div>
);

const MARKS = /([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** A sentence in which ids of jobs lead to them, and times are those of the reader. */
export const Readable = ({ visit: { to, now }, text }: { visit: Visit; text: string }) => (
  <>
    {text.split(MARKS).map((part, i) => {
      if (i % 2 === 0) return part;
      return part.includes('T') ? <When at={part} now={now} /> : <a href={to(jobPath(part))}>{part}</a>;
    })}
  </>
);

export type Fact = [name: Child, value: Child | null];

/** Names and values; those without a value are left out. `stats`: large figures in a row. */
export const Facts = ({ rows, as = 'facts' }: { rows: readonly Fact[]; as?: 'facts' | 'stats' }) => (
  <dl class={as}>
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
            {head ?? (label === '' ? <span class="hidden">Actions</span> : label)}
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
