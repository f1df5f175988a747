// A value as foldable JSON. A large one is cut and can be downloaded in full.
/** @jsxImportSource hono/jsx */

import { MASK } from '@phraseworks/sdk/secrets';
import type { Child } from 'hono/jsx';
import { cutText, number, visible } from '../text.ts';
import type { Visit } from '../visit.ts';

const MOST = 20_000;
const LONGEST_TEXT = 2_000;
const LONGEST_KEY = 200;
/** The characters that an entry costs besides its text: each becomes an element of the page. */
const ENTRY = 40;
/** Deeper and longer values start folded. */
const OPEN_DEPTH = 2;
const OPEN_SIZE = 30;

interface Place {
  /** The element id, so that it stays open across live updates. */
  at: string;
  depth: number;
  /** Its key. */
  lead: Child;
  comma: string;
}

/** Walks depth first until `MOST` characters are used up; `cut`: part of the value is not shown. */
function treeOf(value: unknown, id: string): { tree: Child; cut: boolean } {
  let room = MOST;
  let cut = false;

  const keyOf = (key: string): Child => (
    <>
      <span class="key">{textOf(key, LONGEST_KEY)}</span>
      {': '}
    </>
  );

  const textOf = (text: string, longest: number): string => {
    const { text: start, left } = cutText(text, Math.max(Math.min(longest, room), 0));
    room -= start.length;
    if (left > 0) cut = true;
    return visible(JSON.stringify(start)) + (left === 0 ? '' : ` ... (${number(left)} more)`);
  };

  const walk = (part: unknown, place: Place): Child => {
    const leaf = (kind: string, text: string): Child => (
      <div class="leaf">
        {place.lead}
        <span class={kind}>{text}</span>
        {place.comma}
      </div>
    );
    if (part === MASK) return leaf('faint', JSON.stringify(MASK));
    if (typeof part === 'string') return leaf('text', textOf(part, LONGEST_TEXT));
    if (typeof part === 'number') return leaf('number', String(part));
    if (typeof part !== 'object' || part === null) return leaf('word', String(part ?? null));
    return branch(part as Record<string, unknown>, place);
  };

  const branch = (part: Record<string, unknown>, { at, depth, lead, comma }: Place): Child => {
    const isList = Array.isArray(part);
    const keys = isList ? undefined : Object.keys(part);
    const size = isList ? part.length : (keys?.length ?? 0);
    const [open, close] = isList ? ['[', ']'] : ['{', '}'];
    const entries: Child[] = [];
    for (let i = 0; i < size && room > 0; i += 1) {
      room -= ENTRY;
      const key = keys?.[i];
      entries.push(
        walk(part[key ?? i], {
          at: `${at}-${i}`,
          depth: depth + 1,
          lead: key === undefined ? null : keyOf(key),
          comma: i === size - 1 ? '' : ',',
        }),
      );
    }
    const left = size - entries.length;
    if (left > 0) cut = true;
    if (size === 0)
      return (
        <div class="leaf">
          {lead}
          {open + close + comma}
        </div>
      );
    return (
      <details id={at} open={depth < OPEN_DEPTH && size <= OPEN_SIZE}>
        <summary data-rest={`... ${size} ${close}${comma}`}>
          {lead}
          {open}
        </summary>
        <div class="entries">
          {entries}
          {left === 0 ? null : <div class="leaf faint">{`... ${number(left)} more`}</div>}
        </div>
        <div class="leaf">{`${close}${comma}`}</div>
      </details>
    );
  };

  const tree = walk(value, { at: id, depth: 0, lead: null, comma: '' });
  return { tree, cut };
}

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
  const { tree, cut } = treeOf(value, `json-${name}-0`);
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
        {tree}
      </div>
    </details>
  );
}
