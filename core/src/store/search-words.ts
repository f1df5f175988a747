// Parses the words of a search, `type:email data.to:ada "not found"`, into conditions, none of which has an index.
import type { JobFilter, Where } from '@phraseworks/sdk';
import { sql } from 'kysely';
import type { SearchSql, Sql } from './dialect.ts';
import type { StatePart } from './search-scope.ts';

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

/** `parts`: what to filter row by row. */
export function matchesOf(
  search: SearchSql,
  filter: Pick<JobFilter, 'ids' | 'schedule' | 'sort'>,
  words: readonly Word[],
  parts: readonly StatePart[] = [],
): Sql[] {
  const all: Sql[] = [];
  // Written as an expression: as a key it would stop the optimiser from using the claim index to walk down the ids.
  if (parts.length > 0) all.push(sql`(${sql.join(parts.map(inPart), sql` or `)})`);
  if (filter.schedule !== undefined && (filter.ids || filter.sort === 'due'))
    all.push(sql`coalesce(schedule, '') = ${filter.schedule}`);
  return [...all, ...words.flatMap((word) => matchOf(search, word))];
}

const inPart = ({ state, types }: StatePart): Sql =>
  types.length === 0 ? sql`1 = 0` : sql`coalesce(state, '') = ${state} and coalesce(type, '') in (${sql.join(types)})`;

/** Types and plugins choose what is searched; of these it selects at least the matching jobs: databases compare texts differently, so each job is checked again. */
export function whereMatches(search: SearchSql, { schedules, data = {} }: Where): Sql[] {
  const lists = !schedules
    ? []
    : [schedules.length === 0 ? sql`1 = 0` : sql`coalesce(schedule, '') in (${sql.join(schedules)})`];
  const values = Object.entries(data).map(
    ([path, value]) => sql`${search.valueAt(path.split('.'))} = ${JSON.stringify(value)}`,
  );
  return [...lists, ...values];
}

/** States, types and plugins choose what is searched. */
function matchOf(search: SearchSql, word: Word): Sql | [] {
  switch (word.kind) {
    case 'status':
    case 'type':
    case 'plugin':
      return [];
    case 'id':
      return search.contains(sql`id`, word.text);
    case 'error':
      if (!word.text.includes('#')) return search.contains(sql`error`, word.text);
      return search.like(sql`error`, patternOf(word.text).replaceAll('#', '%'));
    case 'data':
      return search.valueContains(word.path, inJson(word.text));
    case 'text': {
      const columns = ['id', 'type', 'error'].map((name) => search.contains(sql.ref(name), word.text));
      return sql`(${sql.join([...columns, search.contains(sql`data`, inJson(word.text))], sql` or `)})`;
    }
  }
}

/** The `like` pattern that finds this text anywhere. Do not escape with a backslash: MySQL treats it as the start of an escape sequence. */
export const patternOf = (text: string): string => `%${text.replace(/[!%_]/g, (c) => `!${c}`)}%`;

/** As written inside JSON. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** The JSON path of a value, as SQLite and MySQL write it: `$."list"[0]`. */
export const jsonPath = (path: readonly string[]): string =>
  `$${path.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `."${key}"`)).join('')}`;
