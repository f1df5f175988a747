// Parses the words of a search, `type:email data.to:ada "not found"`, and matches them with jobs.
import { valueAt } from '@phraseworks/sdk/host';
import { decodeJson } from '../kernel/json.ts';

export type Word =
  /** Part of the id, the type, the data or the error, ignoring case. */
  | { kind: 'text'; text: string }
  /** Exact matches. */
  | { kind: 'type' | 'plugin'; text: string }
  | { kind: 'status'; text: string }
  /** Part of the id, or of the error, where `#` matches any number. */
  | { kind: 'id' | 'error'; text: string }
  /** Part of the value at this path in the data, as JSON. */
  | { kind: 'data'; path: readonly string[]; text: string };

/** Double quotes keep spaces together, anywhere in a word; an unclosed one ends with the text. */
const WORD = /(?:[^\s"]|"[^"]*(?:"|$))+/g;
const NAMED = /^(type|plugin|status|state|id|error|data(?:\.[\p{L}\p{N}_-]+)+):(.*)$/su;

/** All words must match. Unknown names (`http://...`) are text; names without a value and empty quotes are ignored. */
export function searchWords(given: string): Word[] {
  return [...given.matchAll(WORD)].flatMap(([raw]): Word[] => {
    const word = raw.startsWith('"') ? null : NAMED.exec(raw.replaceAll('"', ''));
    if (!word) {
      const text = raw.replaceAll('"', '');
      return text === '' ? [] : [{ kind: 'text', text }];
    }
    const [, name = '', text = ''] = word;
    if (text === '') return [];
    if (name.startsWith('data.')) return [{ kind: 'data', path: name.split('.').slice(1), text }];
    return [{ kind: (name === 'state' ? 'status' : name) as 'type' | 'plugin' | 'status' | 'id' | 'error', text }];
  });
}

/** What of a job a word may match; `data`: JSON text. */
export interface Readable {
  id: string;
  type: string;
  error: string | null;
  data: string;
}

/** Does it need the data? */
export const readsData = ({ kind }: Word): boolean => kind === 'text' || kind === 'data';

/** States, types and plugins are not checked here: they choose what is searched. */
export function isFoundBy(word: Word, { id, type, error, data }: Readable): boolean {
  switch (word.kind) {
    case 'status':
    case 'type':
    case 'plugin':
      return true;
    case 'id':
      return holds(id, word.text);
    case 'error':
      return holdsInOrder(error ?? '', word.text.split('#'));
    case 'data':
      return holds(JSON.stringify(valueAt(decodeJson(data), word.path)) ?? '', inJson(word.text));
    case 'text':
      return [id, type, error ?? ''].some((text) => holds(text, word.text)) || holds(data, inJson(word.text));
  }
}

/** As written inside JSON. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

const holds = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());

function holdsInOrder(text: string, parts: readonly string[]): boolean {
  const all = text.toLowerCase();
  let from = 0;
  return parts.every((part) => {
    const at = all.indexOf(part.toLowerCase(), from);
    from = at + part.length;
    return at >= 0;
  });
}
