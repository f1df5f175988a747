// The words of a search as people type them, `type:email data.to:ada "not found"`, and the conditions that they become: no index serves those.
import { sql } from 'kysely';
import type { StoredState } from '../job/lifecycle.ts';
import type { SearchSql, Sql } from './dialect.ts';
import type { JobFilter, Where } from './job-filter.ts';

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

/** All of them are needed. What names nothing that is known here (`http://...`) is text; a name without a value, and an empty pair of quotes, are left out. */
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

/** `states`: where the state is looked for row by row. */
export function matchesOf(
  search: SearchSql,
  filter: Pick<JobFilter, 'type' | 'plugin' | 'schedule'>,
  words: readonly Word[],
  states: readonly StoredState[] = [],
): Sql[] {
  const all: Sql[] = [];
  // Not as a key: it stops the optimiser from using the claim index for a walk down the ids.
  if (states.length > 0) all.push(sql`coalesce(state, '') in (${sql.join(states)})`);
  if (filter.type !== undefined) all.push(sql`type = ${filter.type}`);
  if (filter.plugin !== undefined) all.push(sql`plugin = ${filter.plugin}`);
  return [...all, ...words.map((word) => matchOf(search, word))];
}

/** At least the jobs that fit: the database compares texts in ways of its own, so that each is looked at again. */
export function whereMatches(search: SearchSql, { types, plugins, schedules, data = {} }: Where): Sql[] {
  const lists = Object.entries({ type: types, plugin: plugins, schedule: schedules }).flatMap(([column, list]) => {
    if (!list) return [];
    return [list.length === 0 ? sql`1 = 0` : sql`coalesce(${sql.ref(column)}, '') in (${sql.join(list)})`];
  });
  const values = Object.entries(data).map(
    ([path, value]) => sql`${search.valueAt(path.split('.'))} = ${JSON.stringify(value)}`,
  );
  return [...lists, ...values];
}

function matchOf(search: SearchSql, word: Word): Sql {
  switch (word.kind) {
    case 'type':
      return sql`type = ${word.text}`;
    case 'plugin':
      return sql`plugin = ${word.text}`;
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

/** The pattern of a `like` that finds this text anywhere. Not the backslash to escape with: MySQL reads it as the start of something else. */
export const patternOf = (text: string): string => `%${text.replace(/[!%_]/g, (c) => `!${c}`)}%`;

/** As it is written inside JSON. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** The path of a value in JSON, as SQLite and MySQL write it: `$."list"[0]`. */
export const jsonPath = (path: readonly string[]): string =>
  `$${path.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `."${key}"`)).join('')}`;
