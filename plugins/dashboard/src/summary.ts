// The one line that says what a job is about: its type's own, else the first two plain values of its data, places by their last part.
import { isUpload, type Job } from '@phraseworks/sdk';
import { isSecretName, MASK } from '@phraseworks/sdk/secrets';
import { visible } from './job/shown.ts';

const LONGEST = 120;
const PARTS = 2;

/** `ada@example.test, Welcome`; the type when the data says nothing. What looks like a secret is left out. */
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

/** Of an address or a path the last part. */
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

/** The first line of an error. */
export const firstLine = (text: string): string => cut(text.trim().split('\n', 1)[0] ?? '');
