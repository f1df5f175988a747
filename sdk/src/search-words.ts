// The words of a search, `type:email data.to:ada "not found"`.

export interface SearchWord {
  /**
   * `text`: part of the id, the type, the data or the error, ignoring case. `type`, `plugin`, `status`, `about`: exact matches. `id`, `error`: part of
   * it, where `#` in an error matches any number. `data`: part of the value at `path` in the data, as JSON.
   */
  kind: 'text' | 'type' | 'plugin' | 'status' | 'about' | 'id' | 'error' | 'data';
  text: string;
  path: readonly string[];
  /** As written. */
  raw: string;
}

/** Double quotes keep spaces together, anywhere in a word; an unclosed one ends with the text. */
const WORD = /(?:[^\s"]|"[^"]*(?:"|$))+/g;
const NAMED = /^(type|plugin|about|status|state|id|error|data(?:\.[\p{L}\p{N}_-]+)+):(.*)$/su;

/** All words must match. Unknown names (`http://...`) are text; names without a value and empty quotes are ignored. */
export function searchWords(given: string): SearchWord[] {
  return [...given.matchAll(WORD)].flatMap(([raw]): SearchWord[] => {
    const bare = raw.replaceAll('"', '');
    const [, name = 'text', text = bare] = (raw.startsWith('"') ? null : NAMED.exec(bare)) ?? [];
    if (text === '') return [];
    const [kind, ...path] = name.split('.');
    return [{ kind: (kind === 'state' ? 'status' : kind) as SearchWord['kind'], text, path, raw }];
  });
}
