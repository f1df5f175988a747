// What a job must be to be in a list, as conditions that no index serves.
import { type RawBuilder, sql } from 'kysely';
import type { JobFilter, Where } from '../host.ts';
import type { StoredState } from '../queue/lifecycle.ts';
import type { Dialect } from './dialect.ts';
import type { Word } from './search-words.ts';

export type Condition = RawBuilder<unknown>;

type Engine = Pick<Dialect, 'name' | 'anyCase'>;

/** `states`: where the state is looked for row by row. */
export function matchesOf(
  engine: Engine,
  filter: Pick<JobFilter, 'type' | 'plugin' | 'schedule'>,
  words: readonly Word[],
  states: readonly StoredState[] = [],
): Condition[] {
  const all: Condition[] = [];
  // Not as a key: on the way down the ids the claim index would only lead astray.
  if (states.length > 0) all.push(sql`coalesce(state, '') in (${sql.join(states)})`);
  if (filter.type !== undefined) all.push(sql`type = ${filter.type}`);
  if (filter.plugin !== undefined) all.push(sql`plugin = ${filter.plugin}`);
  return [...all, ...words.map((word) => matchOf(engine, word))];
}

/** At least the jobs that fit: the database compares texts in ways of its own, so that each is looked at again. */
export function whereMatches(engine: Engine, { types, plugins, schedules, data = {} }: Where): Condition[] {
  const lists = Object.entries({ type: types, plugin: plugins, schedule: schedules }).flatMap(([column, list]) => {
    if (!list) return [];
    return [list.length === 0 ? sql`1 = 0` : sql`coalesce(${sql.ref(column)}, '') in (${sql.join(list)})`];
  });
  const values = Object.entries(data).map(
    ([path, value]) => sql`${valueAt(engine, path.split('.'))} = ${JSON.stringify(value)}`,
  );
  return [...lists, ...values];
}

function matchOf(engine: Engine, word: Word): Condition {
  switch (word.kind) {
    case 'type':
      return sql`type = ${word.text}`;
    case 'plugin':
      return sql`plugin = ${word.text}`;
    case 'id':
      return has(engine, sql`id`, word.text);
    case 'error':
      if (!word.text.includes('#')) return has(engine, sql`error`, word.text);
      return like(engine, sql`error`, part(word.text).replaceAll('#', '%'));
    case 'data':
      return dataMatch(engine, word);
    case 'text': {
      const columns = ['id', 'type', 'error'].map((name) => has(engine, sql.ref(name), word.text));
      return sql`(${sql.join([...columns, has(engine, sql`data`, inJson(word.text))], sql` or `)})`;
    }
  }
}

/** SQLite gives values as they are in the text: most jobs are ruled out before their JSON is parsed, which takes longer. */
function dataMatch(engine: Engine, { path, text }: Word & { kind: 'data' }): Condition {
  const value = has(engine, valueAt(engine, path), inJson(text));
  return engine.name === 'sqlite' ? sql`(${has(engine, sql`data`, inJson(text))} and ${value})` : value;
}

/** SQLite's LIKE goes back for each character that fits: 90 ms for 250 kB of one letter and a word of 200. */
const MOST_LIKE = 32;

/** In either case, which SQLite knows of A to Z only. Its LIKE finds short words three times as soon as `instr`, and refuses very long ones. */
const has = (engine: Engine, value: Condition, text: string): Condition =>
  engine.name === 'sqlite' && text.length > MOST_LIKE
    ? sql`instr(lower(${value}), lower(${text})) > 0`
    : like(engine, value, part(text));

// Not the backslash to escape with: MySQL reads it as the start of something else.
const part = (text: string): string => `%${text.replace(/[!%_]/g, (c) => `!${c}`)}%`;

/** As it is written inside JSON. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

const like = ({ anyCase }: Engine, value: Condition, pattern: string): Condition =>
  sql`${value} ${sql.raw(anyCase)} like ${pattern} escape '!'`;

/** The value as JSON: so that numbers, lists and `true` are found as they are written. Data that was corrupted by hand has no values. */
function valueAt({ name }: Engine, path: readonly string[]): Condition {
  const at = `$${path.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `."${key}"`)).join('')}`;
  const value = name === 'sqlite' ? sql`data -> ${at}` : sql`cast(json_extract(data, ${at}) as char)`;
  return sql`(case when json_valid(data) then ${value} end)`;
}
