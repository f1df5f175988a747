// Names of databases: for people, without a password, and to see that two of them are one.
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { isMysqlUrl, placeName, readMysqlUrl } from '../dialect/mysql-url.ts';

/** The path of a `sqlite:` URL; undefined for all others. */
export const fileOf = (url: string): string | undefined => /^sqlite:(.+)$/.exec(url)?.[1];

/** The URL without user, password and options. Throws `INVALID_CONFIG` when it cannot be read. */
export const nameOf = (url: string): string => (isMysqlUrl(url) ? placeName(readMysqlUrl(url)) : url);

export function isSame(a: string, b: string): boolean {
  const files = [fileOf(a), fileOf(b)];
  if (files[0] === undefined || files[1] === undefined) return nameOf(a) === nameOf(b);
  return real(files[0]) === real(files[1]);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
