// What makes jobs of one key depend on each other.
import { createHash } from 'node:crypto';

/** Characters that fit the column. */
const LONGEST_KEY = 190;

/** What a type says of jobs with the same key. */
export interface UniqueRule {
  while?: 'waiting' | 'active' | { period: number | string };
  onConflict?: 'keep' | 'replace' | 'reject';
  quiet?: number | string;
  maxWait?: number | string;
}

/** Of a job that is added, if it has a key. */
export interface Keyed {
  /** Null: the jobs of its key only run one after the other. */
  rule: UniqueRule | null;
  /** Who adds it: a user, a schedule or a plugin. */
  by: string | null;
}

/** May another job of its key wait beside one that runs? */
export const waitsBeside = (rule: UniqueRule | null | undefined): boolean =>
  !!rule && (rule.while ?? 'waiting') === 'waiting';

/** Long text is hashed. */
export const fitting = (text: string, most = LONGEST_KEY): string =>
  text.length <= most ? text : createHash('sha256').update(text).digest('base64url');

/** The name of a key among those of all types, none of which contains a space. */
export const nameOfKey = (type: string, key: string): string =>
  `${type} ${fitting(key, LONGEST_KEY - type.length - 1)}`;

export const typeOfName = (name: string): string => name.slice(0, name.indexOf(' '));
