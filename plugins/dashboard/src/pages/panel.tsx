// The pages of plugins, and the blocks that they and job views consist of. All content is text, never markup.
/** @jsxImportSource hono/jsx */

import { type Block, type BlockAction, type Cell, JobsError } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { type ActionPlace, Button, isAction, noticeOf, ownRoute, pageNumber } from '../act.tsx';
import { jobPath, panelPath, safeImage, seeOther } from '../address.ts';
import { formOf } from '../form/field.ts';
import { SchemaForm } from '../form/form.tsx';
import { type FormState, statusOf as formStatus, openForm, type Posted, take } from '../form/state.ts';
import type { Page } from '../layout.tsx';
import { Pager } from '../navigation.tsx';
import { type Column, Facts, NotShown, Table } from '../parts.tsx';
import { callRoute, isRefusal, statusOf } from '../refusal.ts';
import { capital, JOB_ID, number, shortId, shown } from '../text.ts';
import { msOf, When } from '../time.tsx';
import { mayOpen, reachable, type Visit } from '../visit.ts';

/** Throws `NOT_FOUND` for an unknown panel. */
export async function panelPage(visit: Visit, plugin: string, id: string, sent?: SentForm): Promise<Page> {
  const { page = '' } = visit.query;
  const panel = await visit.plugins.panel(visit.actor, plugin, id, pageNumber(page)).catch((error: unknown) => {
    if (isRefusal(error) && error.code === 'INTERNAL') return error;
    throw error;
  });
  const known = visit.panels.find((one) => one.plugin === plugin && one.id === id);
  const title = shown(isRefusal(panel) ? (known?.title ?? id) : panel.title, 100);
  return {
    title,
    ...(isRefusal(panel) ? { status: statusOf(panel) } : sent ? { status: formStatus(sent.form) } : { follows: {} }),
    children: (
      <article class="panel">
        <h1>{title}</h1>
        {isRefusal(panel) ? (
          <p class="note bad" role="alert">
            The plugin could not render this page. See the server log; other pages are not affected.
          </p>
        ) : (
          <>
            {panel.blocks.length === 0 ? <p class="faint">Nothing to show.</p> : null}
            <Blocks visit={visit} place={{ plugin, panel: id, page }} blocks={panel.blocks} sent={sent} />
          </>
        )}
      </article>
    ),
  };
}

/** A form block that could not be accepted as it was sent. */
interface SentForm {
  post: string;
  form: FormState;
}

/** Sends a form of a panel to its plugin. */
export async function panelPosted(visit: Visit, plugin: string, id: string, fields: Posted) {
  const { post = '', page = '' } = visit.query;
  const { blocks } = await visit.plugins.panel(visit.actor, plugin, id, pageNumber(page));
  const block = formIn(blocks);
  if (block?.post !== post) throw new JobsError('NOT_FOUND', 'This form is no longer available.');
  return take({
    field: formOf(block.schema),
    posted: fields,
    use: 'send',
    // A route may name the field alone.
    pathOf: (path) => (/^data\b/.test(path) ? path : `data.${path}`),
    show: (form) => panelPage(visit, plugin, id, { post, form }),
    save: async ({ data = {} }) => {
      const answer = await callRoute(visit.request, ownRoute(plugin, post), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(data),
      });
      return seeOther(visit.base, panelPath(plugin, id, page), noticeOf(answer));
    },
  });
}

type BlockOf<T extends Block['type']> = Extract<Block, { type: T }>;

/** The one form that a panel may have: the names of the fields of two would clash. */
const formIn = (blocks: readonly Block[]): BlockOf<'form'> | undefined => blocks.find((one) => one.type === 'form');

const ROWS = 500;
const LONGEST_CELL = 500;
const SHORT = 24;

interface TableProps {
  visit: Visit;
  place: ActionPlace;
  table: BlockOf<'table'>;
}

function TableBlock({ visit, place, table: { columns, rows, page, pages } }: TableProps) {
  if (rows.length === 0 && (page ?? 1) === 1) return <p class="faint">Nothing here yet.</p>;
  const panel = 'panel' in place ? place.panel : undefined;
  const pageAt = (n: number) => visit.to(panelPath(place.plugin, panel ?? '', n === 1 ? '' : String(n)));
  return (
    <>
      <Table
        rows={rows.slice(0, ROWS)}
        columns={columns.map(
          (column, i): Column<readonly Cell[]> => ({
            label: capital(shown(column, 100)),
            number: isNumeric(rows, i),
            classOf: (row) => (isShort(row[i] ?? null) ? 'short' : undefined),
            cell: (row) => cellOf(row[i] ?? null, visit, place, /\bjob$/i.test(column)),
          }),
        )}
      />
      <NotShown n={rows.length - ROWS} />
      {page !== undefined && panel !== undefined ? (
        <Pager
          previous={page > 1 ? pageAt(page - 1) : undefined}
          next={pages === undefined || page < pages ? pageAt(page + 1) : undefined}
        >
          <span>{pages === undefined ? `Page ${number(page)}` : `Page ${number(page)} of ${number(pages)}`}</span>
        </Pager>
      ) : null}
    </>
  );
}

/** Also with a unit, such as `45 kB` or `1.2 s`. */
const AMOUNT = /^-?[\d.,]+(?: ?(?:%|[kMG]?B|ms|s|min|h|d|[A-Z]{3}))?$/;

const isAmount = (cell: Cell | undefined): boolean =>
  typeof cell === 'number' || (typeof cell === 'string' && AMOUNT.test(cell));

const isNumeric = (rows: readonly Cell[][], column: number): boolean =>
  rows.some((row) => isAmount(row[column])) && rows.every((row) => isAmount(row[column]) || row[column] === null);

/** Short cells do not wrap. */
function isShort(cell: Cell): boolean {
  const text = typeof cell === 'object' ? cell && ('text' in cell ? cell.text : cell.label) : String(cell);
  return text === null || text.length <= SHORT;
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** `isJob`: in a column whose name ends with `job`, ids are links. */
function cellOf(cell: Cell, visit: Visit, place: ActionPlace, isJob = false): Child {
  if (cell === null) return <span class="faint">-</span>;
  if (typeof cell === 'number') return number(cell);
  if (typeof cell === 'string' && isJob && JOB_ID.test(cell))
    return (
      <a href={visit.to(jobPath(cell))} title={cell}>
        <code>{shortId(cell)}</code>
      </a>
    );
  if (typeof cell === 'string') return textOf(cell, visit, LONGEST_CELL);
  if (isAction(cell)) return <ActionButton visit={visit} place={place} action={cell} />;
  return <PluginLink visit={visit} text={cell.text} href={cell.href} />;
}

/** Its text alone where it is unsafe, or this reader may not open it. */
function PluginLink({ visit, text, href }: { visit: Visit; text: string; href: string }) {
  const label = shown(text, LONGEST_CELL);
  const to = reachable(visit, href);
  return to === undefined ? <span>{label}</span> : <a href={to}>{label}</a>;
}

/** Shows valid ISO times as relative times. */
const textOf = (text: string, { now }: Visit, most: number): Child =>
  ISO_TIME.test(text) && !Number.isNaN(msOf(text)) ? <When at={text} now={now} /> : shown(text, most);

interface BlocksProps {
  visit: Visit;
  place: ActionPlace;
  blocks: readonly Block[];
  sent?: SentForm | undefined;
}

const LONGEST_TEXT = 10_000;
const LONGEST_LABEL = 200;
const LONGEST_QUESTION = 1_000;

/** Consecutive blocks of some types are placed side by side. */
export function Blocks({ visit, place, blocks, sent }: BlocksProps) {
  return (
    <>
      {runsOf(blocks.filter((one) => one.type !== 'form' || one === formIn(blocks))).map((run) => (
        <Run visit={visit} place={place} run={run} sent={sent} />
      ))}
    </>
  );
}

function Run({ visit, place, run, sent }: Omit<BlocksProps, 'blocks'> & { run: [Block, ...Block[]] }): Child {
  const [first] = run;
  switch (first.type) {
    case 'stat':
      return (
        <Facts
          as="stats"
          rows={(run as BlockOf<'stat'>[]).map(({ label, value }) => [
            capital(shown(label, LONGEST_LABEL)),
            typeof value === 'number' ? number(value) : textOf(value, visit, LONGEST_LABEL),
          ])}
        />
      );
    case 'text':
      if (first.text.includes('\n')) return <pre class="letter">{shown(first.text, LONGEST_TEXT)}</pre>;
      return <p class={first.tone && `note ${first.tone}`}>{shown(first.text, LONGEST_TEXT)}</p>;
    case 'link':
      return (
        <p class="places">
          {(run as BlockOf<'link'>[]).map(({ text, href }) => (
            <PluginLink visit={visit} text={text} href={href} />
          ))}
        </p>
      );
    case 'list':
      return (
        <>
          <ul class="items">
            {first.items.slice(0, ROWS).map((item) => (
              <li>{cellOf(item, visit, place)}</li>
            ))}
          </ul>
          <NotShown n={first.items.length - ROWS} />
        </>
      );
    case 'table':
      return <TableBlock visit={visit} place={place} table={first} />;
    case 'image':
      return <Pictures visit={visit} images={run as BlockOf<'image'>[]} />;
    case 'frame':
      return <Frame visit={visit} frame={first} />;
    case 'action':
      return (
        <div class="buttons">
          {(run as BlockOf<'action'>[]).map((action) => (
            <ActionButton visit={visit} place={place} action={action} />
          ))}
        </div>
      );
    case 'form':
      return <PanelForm visit={visit} place={place} block={first} sent={sent} />;
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

const ActionButton = ({ visit, place, action }: { visit: Visit; place: ActionPlace; action: BlockAction }) => (
  <Button
    visit={visit}
    label={shown(action.label, LONGEST_LABEL)}
    query={{ ...place, post: action.post }}
    confirm={action.confirm === undefined ? undefined : shown(action.confirm, LONGEST_QUESTION)}
    needs="administer"
  />
);

interface PanelFormProps {
  visit: Visit;
  place: ActionPlace;
  block: BlockOf<'form'>;
  sent: SentForm | undefined;
}

/** Nothing without the permission to post it; a job's view has no forms. */
function PanelForm({ visit, place, block: { label, post, schema, value }, sent }: PanelFormProps) {
  if (!visit.may.administer || !('panel' in place)) return null;
  const { plugin, panel, page } = place;
  const form = sent?.post === post ? sent.form : openForm(formOf(schema), { data: value });
  return (
    <SchemaForm
      form={form}
      action={visit.to(panelPath(plugin, panel, page), { post })}
      use={{ name: 'send', label: shown(label, LONGEST_LABEL) }}
    />
  );
}

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

/** As high as its content, which the script measures; without permission to open the page it would only hold a refusal. */
function Frame({ visit, frame: { src, title } }: { visit: Visit; frame: BlockOf<'frame'> }): Child {
  const from = src.startsWith('/') ? reachable(visit, src) : undefined;
  return from === undefined ? null : (
    <iframe
      class="frame"
      sandbox="allow-same-origin"
      src={from}
      title={shown(title, LONGEST_LABEL)}
      loading="lazy"
      data-keep
    />
  );
}
