// A value as a tree that can be shown, up to a number of characters. Pure.
import { MASK } from '@phraseworks/sdk/secrets';
import { number } from '../wording.ts';
import { cutText, visible } from './shown.ts';

export type Leaf = { kind: 'text' | 'number' | 'word' | 'hidden'; text: string };
export type Branch = {
  kind: 'list' | 'object';
  /** How many entries it has, and how many of them are not shown. */
  size: number;
  left: number;
  entries: { key: string | null; value: Tree }[];
};
export type Tree = Leaf | Branch;

export interface Shown {
  tree: Tree;
  /** Something is left out. */
  cut: boolean;
}

const LONGEST_TEXT = 2_000;
const LONGEST_KEY = 200;
/** What an entry takes beside its text: a key, quotes, a line. */
const ENTRY = 12;

/** Depth first, until `most` characters are used up. */
export function treeOf(value: unknown, most: number): Shown {
  let room = most;
  let cut = false;

  const textLeaf = (text: string): Leaf => {
    const { text: start, left } = cutText(text, Math.max(Math.min(LONGEST_TEXT, room), 0));
    room -= start.length;
    if (left === 0) return { kind: 'text', text: visible(JSON.stringify(start)) };
    cut = true;
    return { kind: 'text', text: `${visible(JSON.stringify(start))} ... (${number(left)} more)` };
  };

  const branch = (kind: Branch['kind'], list: readonly [string | null, unknown][]): Branch => {
    const entries: Branch['entries'] = [];
    for (const [key, inner] of list) {
      if (room <= 0) break;
      room -= ENTRY;
      entries.push({ key: key === null ? null : keyText(key), value: walk(inner) });
    }
    const left = list.length - entries.length;
    if (left > 0) cut = true;
    return { kind, size: list.length, left, entries };
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
        part.map((inner) => [null, inner]),
      );
    if (typeof part === 'object' && part !== null) return branch('object', Object.entries(part));
    return { kind: 'word', text: String(part ?? null) };
  };

  return { tree: walk(value), cut };
}
