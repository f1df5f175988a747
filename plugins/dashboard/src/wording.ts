// How the pages write numbers, plurals, heads of columns and keys.

export const number = (n: number): string => n.toLocaleString('en');

/** `1 job`, `2,400 jobs`. */
export const count = (n: number, one: string, many = `${one}s`): string =>
  n === 1 ? `1 ${one}` : `${number(n)} ${many}`;

/** Heads of columns begin with a capital letter, as the style sheet writes them; the label of a cell on a narrow screen is no element and needs it in the text. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Of keys in a schema. */
const ABBREVIATIONS = new Set(['url', 'html', 'css', 'pdf', 'csv', 'id', 's3', 'dkim', 'smtp', 'api', 'ttl']);

/** Keys of a schema as people read them: `maxAttachmentBytes` is `Max attachment bytes`. */
export function labelOf(key: string): string {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) => (ABBREVIATIONS.has(word.toLowerCase()) ? word.toUpperCase() : word.toLowerCase()));
  const text = words.join(' ');
  return text === '' ? key : capital(text);
}
