// A value as foldable JSON. A large one is cut and can be downloaded in full.
/** @jsxImportSource hono/jsx */

import { MASK } from '@phraseworks/sdk/secrets';
import type { Child } from 'hono/jsx';
import { cutText, number, visible } from '../text.ts';
import type { Visit } from '../visit.ts';

type Leaf = { kind: 'text' | 'number' | 'word' | 'hidden'; text: string };
export type Branch = {
  kind: 'list' | 'object';
  /** The number of entries, and how many of them are not shown. */
  size: number;
  left: number;
  entries: { key: string | null; value: Tree }[];
};
type Tree = Leaf | Branch;

interface Shown {
  tree: Tree;
  /** Part of the value is not shown. */
  cut: boolean;
}

const LONGEST_TEXT = 2_000;
const LONGEST_KEY = 200;
/** The characters that an entry costs besides its text: each becomes an element of the page. */
const ENTRY = 40;

/** Walks depth first until `most` characters are used up. */
function treeOf(value: unknown, most: number): Shown {
  let room = most;
  let cut = false;

  const textLeaf = (text: string): Leaf => {
    const { text: start, left } = cutText(text, Math.max(Math.min(LONGEST_TEXT, room), 0));
    room -= start.length;
    if (left === 0) return { kind: 'text', text: visible(JSON.stringify(start)) };
    cut = true;
    return { kind: 'text', text: `${visible(JSON.stringify(start))} ... (${number(left)} more)` };
  };

  const fitting = (): number => Math.max(Math.ceil(room / ENTRY), 0);

  const branch = (kind: Branch['kind'], size: number, list: readonly [string | null, unknown][]): Branch => {
    const entries: Branch['entries'] = [];
    for (const [key, inner] of list) {
      if (room <= 0) break;
      room -= ENTRY;
      entries.push({ key: key === null ? null : keyText(key), value: walk(inner) });
    }
    const left = size - entries.length;
    if (left > 0) cut = true;
    return { kind, size, left, entries };
  };

  const keyText = (key: string): string => {
    const { text, left } = cutText(key, LONGEST_KEY);
    room -= text.length;
    return visible(JSON.stringify(left === 0 ? text : `${text}...`));
  };

  const walk = (part: unknown): Tree => {
    if (part === MASK) return { kind: 'hidden', text: JSON.stringify(MASK) };
    if (typeof part === 'string') return textLeaf(part);
    if (typeof part === 'number') return { kind: 'number', text: String(part) };
    if (Array.isArray(part))
      return branch(
        'list',
        part.length,
        part.slice(0, fitting()).map((inner) => [null, inner]),
      );
    if (typeof part === 'object' && part !== null) {
      const keys = Object.keys(part);
      const inside = part as Record<string, unknown>;
      return branch(
        'object',
        keys.length,
        keys.slice(0, fitting()).map((key) => [key, inside[key]]),
      );
    }
    return { kind: 'word', text: String(part ?? null) };
  };

  const tree = walk(value);
  return { tree, cut };
}

const MOST = 20_000;
/** Deeper and longer values start folded. */
const OPEN_DEPTH = 2;
const OPEN_SIZE = 30;

interface JsonBoxProps {
  visit: Visit;
  /** Part of the element ids. */
  name: string;
  title: string;
  value: unknown;
  /** The address of the download. */
  file?: string;
}

export async function JsonBox({ visit, name, title, value, file }: JsonBoxProps) {
  await visit.rest();
  const { tree, cut } = treeOf(value, MOST);
  return (
    <details class="json" id={`json-${name}`} open>
      <summary>
        <h2>{title}</h2>
      </summary>
      <p class="json-notes">
        {cut ? <span>Only the beginning is shown.</span> : null}
        {file === undefined ? null : (
          <>
            <a href={file} download>
              Download
            </a>
            <button type="button" class="link scripted" data-fold={`json-${name}-tree`}>
              Expand / collapse all
            </button>
          </>
        )}
      </p>
      <div class="tree" id={`json-${name}-tree`}>
        <Value tree={tree} depth={0} at={`json-${name}-0`} last lead={null} />
      </div>
    </details>
  );
}

interface ValueProps {
  tree: Tree;
  depth: number;
  /** The element id, so that it stays open across live updates. */
  at: string;
  last: boolean;
  /** Its key. */
  lead: string | null;
}

function Value({ tree, depth, at, last, lead }: ValueProps) {
  const comma = last ? '' : ',';
  const key = lead === null ? null : <span class="key">{lead}</span>;
  const colon = lead === null ? '' : ': ';
  const leaf = (text: Child) => (
    <div class="leaf">
      {key}
      {colon}
      {text}
      {comma}
    </div>
  );
  if ('text' in tree) return leaf(<span class={tree.kind === 'hidden' ? 'hidden-value' : tree.kind}>{tree.text}</span>);
  const [open, close] = tree.kind === 'list' ? ['[', ']'] : ['{', '}'];
  if (tree.size === 0) return leaf(open + close);
  return (
    <details id={at} open={depth < OPEN_DEPTH && tree.size <= OPEN_SIZE}>
      <summary data-rest={`... ${tree.size} ${close}${comma}`}>
        {key}
        {colon}
        {open}
      </summary>
      <Entries tree={tree} depth={depth} at={at} />
      <div class="leaf">{`${close}${comma}`}</div>
    </details>
  );
}

const Entries = ({ tree: { entries, left }, depth, at }: { tree: Branch; depth: number; at: string }) => (
  <div class="entries">
    {entries.map(({ key, value }, i) => (
      <Value
        tree={value}
        depth={depth + 1}
        at={`${at}-${i}`}
        last={i === entries.length - 1 && left === 0}
        lead={key}
      />
    ))}
    {left === 0 ? null : <div class="leaf faint">{`... ${number(left)} more`}</div>}
  </div>
);
