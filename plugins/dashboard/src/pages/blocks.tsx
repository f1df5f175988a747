// What a panel is made of. Everything in it is text from a plugin: nothing of it is taken as markup.
/** @jsxImportSource hono/jsx */
import type { Block, Cell } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { PanelButton } from '../act.tsx';
import { safeAddress, safeImage } from '../address.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

type BlockOf<T extends Block['type']> = Extract<Block, { type: T }>;

interface BlocksProps {
  visit: Visit;
  panel: { plugin: string; id: string };
  blocks: readonly Block[];
}

/** Figures that follow each other stand in one row, and so do actions. */
export function Blocks({ visit, panel, blocks }: BlocksProps) {
  return (
    <>
      {runsOf(blocks).map((run) => (
        <Run visit={visit} panel={panel} run={run} />
      ))}
    </>
  );
}

function Run({ visit, panel, run }: Omit<BlocksProps, 'blocks'> & { run: [Block, ...Block[]] }) {
  const [first] = run;
  switch (first.type) {
    case 'stat':
      return <Stats stats={run as BlockOf<'stat'>[]} />;
    case 'text':
      return <p>{first.text}</p>;
    case 'table':
      return <Table visit={visit} table={first} />;
    case 'image':
      return <Picture visit={visit} image={first} />;
    case 'action':
      return (
        <div class="buttons">
          {(run as BlockOf<'action'>[]).map(({ label, post, confirm }) => (
            <PanelButton visit={visit} label={label} panel={panel} post={post} confirm={confirm} />
          ))}
        </div>
      );
  }
}

const TOGETHER: readonly Block['type'][] = ['stat', 'action'];

function runsOf(blocks: readonly Block[]): [Block, ...Block[]][] {
  const runs: [Block, ...Block[]][] = [];
  for (const block of blocks) {
    const last = runs.at(-1);
    if (last && last[0].type === block.type && TOGETHER.includes(block.type)) last.push(block);
    else runs.push([block]);
  }
  return runs;
}

const Stats = ({ stats }: { stats: readonly BlockOf<'stat'>[] }) => (
  <dl class="stats">
    {stats.map(({ label, value }) => (
      <div>
        <dt>{label}</dt>
        <dd>{typeof value === 'number' ? value.toLocaleString('en') : value}</dd>
      </div>
    ))}
  </dl>
);

function Table({ visit, table: { columns, rows } }: { visit: Visit; table: BlockOf<'table'> }) {
  if (rows.length === 0) {
    return (
      <div class="empty">
        <p>Nothing here yet.</p>
      </div>
    );
  }
  return (
    <table class="plain">
      <thead>
        <tr>
          {columns.map((column, i) => (
            <th scope="col" class={isNumeric(rows, i) ? 'number' : undefined}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            {row.map((cell, i) => (
              <td data-label={columns[i]} class={isNumeric(rows, i) ? 'number' : undefined}>
                {shown(cell, visit)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const isNumeric = (rows: readonly Cell[][], column: number): boolean =>
  rows.every((row) => typeof row[column] === 'number' || row[column] === null);

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

function shown(cell: Cell, { base, now }: Visit): Child {
  if (cell === null) return <span class="faint">-</span>;
  if (typeof cell === 'number') return cell.toLocaleString('en');
  if (typeof cell === 'string') return ISO_TIME.test(cell) ? <When at={cell} now={now} /> : cell;
  const href = safeAddress(base, cell.href);
  return href === undefined ? cell.text : <a href={href}>{cell.text}</a>;
}

function Picture({ visit: { base }, image: { src, alt, caption } }: { visit: Visit; image: BlockOf<'image'> }) {
  const from = safeImage(base, src);
  return (
    <figure>
      {from === undefined ? <p class="faint">{alt}</p> : <img src={from} alt={alt} loading="lazy" />}
      {caption === undefined ? null : <figcaption>{caption}</figcaption>}
    </figure>
  );
}
