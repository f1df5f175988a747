// Is a job still found by a search when its secrets are hidden? Otherwise a search would tell them, letter by letter. Pure.
import type { Job } from '@phraseworks/sdk';
import { searchWords, type Word } from '../store/search-words.ts';

/** The words of a search that are looked for in what may hold a secret. */
export const tellingWords = (q: string | undefined): Word[] =>
  searchWords(q ?? '').filter(({ kind }) => kind === 'text' || kind === 'data' || kind === 'error');

/** `shown`: the job without its secrets. */
export const isStillFound = (shown: Job, words: readonly Word[]): boolean =>
  words.every((word) => {
    if (word.kind === 'data') return holds(json(valueAt(shown.data, word.path)), inJson(word.text));
    if (word.kind === 'error') return holdsInOrder(shown.error ?? '', word.text.split('#'));
    const plain = [shown.id, shown.type, shown.error ?? ''].some((text) => holds(text, word.text));
    return plain || holds(json(shown.data), inJson(word.text));
  });

const json = (value: unknown): string => JSON.stringify(value) ?? '';
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
const holds = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());

function holdsInOrder(text: string, parts: readonly string[]): boolean {
  let from = 0;
  return parts.every((part) => {
    const at = text.toLowerCase().indexOf(part.toLowerCase(), from);
    from = at + part.length;
    return at >= 0;
  });
}

const valueAt = (data: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key)
        ? (at as Record<string, unknown>)[key]
        : undefined,
    data,
  );
