// Text on the pages: numbers, plurals, labels, summaries of jobs, and untrusted text made safe to read.

import { isUpload, type Job } from '@phraseworks/sdk';
import { isSecretName, MASK } from '@phraseworks/sdk/secrets';

const LONGEST = 120;
const PARTS = 2;

/** `ada@example.test, Welcome`; the type if the data has no plain values. Omits values that look like secrets. */
export function summaryOf({ type, data, summary }: Pick<Job, 'type' | 'data' | 'summary'>): string {
  if (summary) return cut(summary);
  const parts = partsOf(data).slice(0, PARTS);
  return parts.length === 0 ? type : cut(parts.join(', '));
}

function partsOf(value: unknown): string[] {
  if (isUpload(value)) return [value.name];
  if (Array.isArray(value)) return [value.length === 1 ? '1 entry' : `${value.length} entries`];
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, part]) =>
      Array.isArray(part) || isPlainObject(part) || isSecretName(key) ? [] : partsOf(part),
    );
  }
  if (typeof value === 'string') return value.trim() === '' || value === MASK ? [] : [shorter(oneLine(value))];
  return typeof value === 'number' ? [String(value)] : [];
}

const isPlainObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !isUpload(value);

/** The last segment of a URL or path. */
function shorter(text: string): string {
  if (!/^(?:https?:\/)?\/[^\s]*$/.test(text)) return text;
  return (
    text
      .replace(/[?#].*$/, '')
      .split('/')
      .filter((part) => part !== '')
      .at(-1) ?? text
  );
}

const oneLine = (text: string): string =>
  text
    .slice(0, 4 * LONGEST)
    .replace(/\s+/g, ' ')
    .trim();

function cut(text: string): string {
  const signs = [...oneLine(text)];
  return visible(signs.length <= LONGEST ? signs.join('') : `${signs.slice(0, LONGEST - 3).join('')}...`);
}

export const firstLine = (text: string): string => cut(text.trim().split('\n', 1)[0] ?? '');

/** Control characters except tab and newline, direction marks, and zero-width characters. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Writes invisible characters as escapes such as `\u202e`, since they can hide or reorder text. */
export const visible = (text: string): string =>
  text.replaceAll('\r\n', '\n').replace(INVISIBLE, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The first `most` characters, and how many follow. Does not split surrogate pairs. */
export function cutText(text: string, most: number): { text: string; left: number } {
  if (text.length <= most) return { text, left: 0 };
  const start = text.slice(0, most).replace(/[\ud800-\udbff]$/, '');
  return { text: start, left: text.length - start.length };
}

/** Visible text of at most about `most` characters, with a note if it was cut. */
export function shown(text: string, most = 500): string {
  const { text: start, left } = cutText(text, most);
  return left === 0 ? visible(start) : `${visible(start)}... (${number(left)} more)`;
}

/** Node.js keeps this formatter, and makes it with the first number: that takes 40 ms. */
export const number = (n: number): string => n.toLocaleString('en');

/** `1 job`, `2,400 jobs`. */
export const count = (n: number, one: string, many = `${one}s`): string =>
  n === 1 ? `1 ${one}` : `${number(n)} ${many}`;

/** `2 jobs, 1 schedule`; empty if there are none. */
export const counts = (...parts: readonly (readonly [n: number, one: string])[]): string =>
  parts
    .filter(([n]) => n > 0)
    .map(([n, one]) => count(n, one))
    .join(', ');

/** The stylesheet capitalises column heads, but cannot do so for the cell labels of narrow screens. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const JOB_ID = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;
/** Ids of the same moment share their beginning. */
export const shortId = (id: string): string => id.slice(-12);

const ABBREVIATIONS = new Set(['url', 'html', 'css', 'pdf', 'csv', 'id', 's3', 'dkim', 'smtp', 'api', 'ttl']);

/** The label of a schema key: `Max attachment bytes` for `maxAttachmentBytes`. */
export function labelOf(key: string): string {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) => (ABBREVIATIONS.has(word.toLowerCase()) ? word.toUpperCase() : word.toLowerCase()));
  const text = words.join(' ');
  return text === '' ? key : capital(text);
}
