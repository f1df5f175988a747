// What a panel, or the view of a job, is made of. Everything in it is text from a plugin: nothing of it is taken as markup.
/** @jsxImportSource hono/jsx */
import type { Block } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { PanelButton, type Stand } from '../act.tsx';
import { mayOpen, reachable, safeImage } from '../address.ts';
import { shown } from '../job/shown.ts';
import type { Visit } from '../visit.ts';
import { number } from '../wording.ts';
import { type BlockOf, ItemList, Table, textOf } from './block-table.tsx';

interface BlocksProps {
  visit: Visit;
  stand: Stand;
  blocks: readonly Block[];
}

const LONGEST_TEXT = 10_000;
const LONGEST_LABEL = 200;

/** Some kinds that follow each other are put side by side. */
export function Blocks({ visit, stand, blocks }: BlocksProps) {
  return (
    <>
      {runsOf(blocks).map((run) => (
        <Run visit={visit} stand={stand} run={run} />
      ))}
    </>
  );
}

function Run({ visit, stand, run }: Omit<BlocksProps, 'blocks'> & { run: [Block, ...Block[]] }): Child {
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
      return <Actions visit={visit} stand={stand} actions={run as BlockOf<'action'>[]} />;
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
  stand,
  actions,
}: Omit<BlocksProps, 'blocks'> & { actions: readonly BlockOf<'action'>[] }) => (
  <div class="buttons">
    {actions.map(({ label, post, confirm }) => (
      <PanelButton
        visit={visit}
        label={shown(label, LONGEST_LABEL)}
        stand={stand}
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
