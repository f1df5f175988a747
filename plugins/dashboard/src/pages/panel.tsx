// The pages of plugins, and the blocks that they and job views consist of. All content is text, never markup.
/** @jsxImportSource hono/jsx */
import type { Block, Cell } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { type ActionPlace, PanelButton } from '../act.tsx';
import { jobPath, safeImage } from '../address.ts';
import { Refusal } from '../api.ts';
import type { Page } from '../layout.tsx';
import { capital, number, shown } from '../text.ts';
import { msOf, When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { mayOpen, reachable } from '../visit.ts';

/** Throws `Refusal` for an unknown panel. */
export async function panelPage(visit: Visit, plugin: string, id: string): Promise<Page & { status?: number }> {
  const panel = await visit.api.panel(plugin, id).catch((error: unknown) => {
    if (error instanceof Refusal && error.code === 'INTERNAL') return error;
    throw error;
  });
  const known = visit.panels.find((one) => one.plugin === plugin && one.id === id);
  const title = shown(panel instanceof Refusal ? (known?.title ?? id) : panel.title, 100);
  return {
    title,
    ...(panel instanceof Refusal ? { status: panel.status } : { follows: {} }),
    children: (
      <article class="panel">
        <h1>{title}</h1>
        {panel instanceof Refusal ? (
          <p class="note bad" role="alert">
            The plugin could not render this page. See the server log; other pages are not affected.
          </p>
        ) : (
          <>
            {panel.blocks.length === 0 ? <p class="faint">Nothing to show.</p> : null}
            <Blocks visit={visit} place={{ plugin, panel: id }} blocks={panel.blocks} />
          </>
        )}
      </article>
    ),
  };
}

type BlockOf<T extends Block['type']> = Extract<Block, { type: T }>;

const ROWS = 500;
const LONGEST_CELL = 500;
const SHORT = 24;

function Table({ visit, table: { columns, rows } }: { visit: Visit; table: BlockOf<'table'> }) {
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

const ItemList = ({ visit, list: { items } }: { visit: Visit; list: BlockOf<'list'> }) => (
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

/** Short cells do not wrap. */
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

/** Links the ids in a column named `job`. Shows their end, since ids of the same moment share their beginning. */
function jobOf(cell: Cell, visit: Visit): Child {
  if (typeof cell !== 'string' || !JOB_ID.test(cell)) return cellOf(cell, visit);
  return (
    <a href={visit.to(jobPath(cell))} title={cell}>
      <code>{cell.slice(-12)}</code>
    </a>
  );
}

/** Shows valid ISO times as relative times. */
const textOf = (text: string, { now }: Pick<Visit, 'now'>, most: number): Child =>
  ISO_TIME.test(text) && !Number.isNaN(msOf(text)) ? <When at={text} now={now} /> : shown(text, most);

interface BlocksProps {
  visit: Visit;
  place: ActionPlace;
  blocks: readonly Block[];
}

const LONGEST_TEXT = 10_000;
const LONGEST_LABEL = 200;

/** Consecutive blocks of some types are placed side by side. */
export function Blocks({ visit, place, blocks }: BlocksProps) {
  return (
    <>
      {runsOf(blocks).map((run) => (
        <Run visit={visit} place={place} run={run} />
      ))}
    </>
  );
}

function Run({ visit, place, run }: Omit<BlocksProps, 'blocks'> & { run: [Block, ...Block[]] }): Child {
  const [first] = run;
  switch (first.type) {
    case 'stat':
      return <Stats visit={visit} stats={run as BlockOf<'stat'>[]} />;
    case 'text':
      return <p class={toneOf(first)}>{shown(first.text, LONGEST_TEXT)}</p>;
    case 'link':
      return <Links visit={visit} links={run as BlockOf<'link'>[]} />;
    case 'list':
      return <ItemList visit={visit} list={first} />;
    case 'table':
      return <Table visit={visit} table={first} />;
    case 'image':
      return <Pictures visit={visit} images={run as BlockOf<'image'>[]} />;
    case 'action':
      return <Actions visit={visit} place={place} actions={run as BlockOf<'action'>[]} />;
    default:
      return <p class="note bad">The plugin returned content that cannot be shown.</p>;
  }
}

const TOGETHER: readonly Block['type'][] = ['stat', 'link', 'image', 'action'];

function runsOf(blocks: readonly Block[]): [Block, ...Block[]][] {
  const runs: [Block, ...Block[]][] = [];
  for (const block of blocks) {
    const last = runs.at(-1);
    if (last && last[0].type === block.type && TOGETHER.includes(block.type)) last.push(block);
    else runs.push([block]);
  }
  return runs;
}

const toneOf = ({ tone }: BlockOf<'text'>): string | undefined => (tone === undefined ? undefined : `note ${tone}`);

const Stats = ({ visit, stats }: { visit: Visit; stats: readonly BlockOf<'stat'>[] }) => (
  <dl class="stats">
    {stats.map(({ label, value }) => (
      <div>
        <dt>{shown(label, LONGEST_LABEL)}</dt>
        <dd>{typeof value === 'number' ? number(value) : textOf(value, visit, LONGEST_LABEL)}</dd>
      </div>
    ))}
  </dl>
);

const Links = ({ visit, links }: { visit: Visit; links: readonly BlockOf<'link'>[] }) => (
  <p class="places">
    {links.map(({ text, href }) => {
      const to = reachable(visit, href);
      const label = shown(text, LONGEST_LABEL);
      return to === undefined ? <span>{label}</span> : <a href={to}>{label}</a>;
    })}
  </p>
);

const Actions = ({
  visit,
  place,
  actions,
}: Omit<BlocksProps, 'blocks'> & { actions: readonly BlockOf<'action'>[] }) => (
  <div class="buttons">
    {actions.map(({ label, post, confirm }) => (
      <PanelButton
        visit={visit}
        label={shown(label, LONGEST_LABEL)}
        place={place}
        post={post}
        confirm={confirm === undefined ? undefined : shown(confirm)}
      />
    ))}
  </div>
);

const Pictures = ({ visit, images }: { visit: Visit; images: readonly BlockOf<'image'>[] }) => (
  <div class="pictures">
    {images.map(({ src, alt, caption }) => {
      const from = mayOpen(visit, src) ? safeImage(visit.base, src) : undefined;
      const words = shown(alt, LONGEST_LABEL);
      return (
        <figure>
          {from === undefined ? (
            <p class="faint">Picture not found: {words}</p>
          ) : (
            <img src={from} alt={words} loading="lazy" />
          )}
          {caption === undefined ? null : <figcaption>{shown(caption)}</figcaption>}
        </figure>
      );
    })}
  </div>
);
