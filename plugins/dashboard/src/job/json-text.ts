// Reads JSON that a user typed, and locates the first error. The engine's own messages repeat the input and do not always name a place.
export type Read = { value: unknown } | { line: number; column: number; atEnd: boolean };

export const notJson = ({ line, column, atEnd }: Extract<Read, { line: number }>): string =>
  atEnd ? 'JSON is incomplete.' : `Invalid JSON at line ${line}, column ${column}.`;

/** Lines and columns count from 1. */
export function readJson(text: string): Read {
  try {
    return { value: JSON.parse(text) };
  } catch {
    const at = firstWrong(text);
    const before = text.slice(0, at).split('\n');
    return { line: before.length, column: (before.at(-1) ?? '').length + 1, atEnd: at >= text.trimEnd().length };
  }
}

const SPACE = /[ \t\n\r]*/y;
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them inside of quotes
  /[{}[\],:]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** What may come next. `first`: a value or key, or the end of what has just been opened. */
type Wanted = 'value' | 'first value' | 'key' | 'first key' | ':' | ', or end' | 'nothing';

/** The position of the first token that is not allowed. */
function firstWrong(text: string): number {
  const open: ('{' | '[')[] = [];
  let wanted: Wanted = 'value';
  for (let at = skipSpace(text, 0); at < text.length; ) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    const next: Wanted | null = token === undefined ? null : step(token, wanted, open);
    if (token === undefined || next === null) return at;
    wanted = next;
    at = skipSpace(text, at + token.length);
  }
  return text.length;
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.exec(text);
  return SPACE.lastIndex;
}

function step(token: string, wanted: Wanted, open: ('{' | '[')[]): Wanted | null {
  const after = (): Wanted => (open.length === 0 ? 'nothing' : ', or end');
  const close = (): Wanted => {
    open.pop();
    return after();
  };
  switch (wanted) {
    case 'first key':
    case 'key':
      if (token === '}' && wanted === 'first key') return close();
      return token.startsWith('"') ? ':' : null;
    case ':':
      return token === ':' ? 'value' : null;
    case ', or end':
      if (token === ',') return open.at(-1) === '{' ? 'key' : 'value';
      return token === (open.at(-1) === '{' ? '}' : ']') ? close() : null;
    case 'first value':
    case 'value':
      if (token === ']' && wanted === 'first value') return close();
      if (token === '{' || token === '[') {
        open.push(token);
        return token === '{' ? 'first key' : 'first value';
      }
      return /^[\]},:]$/.test(token) ? null : after();
    default:
      return null;
  }
}
