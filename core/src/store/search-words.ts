// The words of a search as people type them: `type:email data.to:ada "not found"`. All of them are needed. Pure.

export type Word =
  /** A part of the id, the type, the data or the error, in either case. */
  | { kind: 'text'; text: string }
  /** Exactly these. */
  | { kind: 'type' | 'plugin'; text: string }
  /** A part of the id, or of the error, where `#` matches any number. */
  | { kind: 'id' | 'error'; text: string }
  /** A part of the value at this path in the data, as JSON. */
  | { kind: 'data'; path: readonly string[]; text: string };

/** Double quotes keep spaces together, anywhere in a word; one that is not closed ends with the text. */
const WORD = /(?:[^\s"]|"[^"]*(?:"|$))+/g;
const NAMED = /^(type|plugin|id|error|data(?:\.[\p{L}\p{N}_-]+)+):(.*)$/su;

/** What names nothing that is known here (`http://...`) is text; a name without a value, and an empty pair of quotes, are left out. */
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
    return [{ kind: name as 'type' | 'plugin' | 'id' | 'error', text }];
  });
}
