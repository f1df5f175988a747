// Text from jobs and plugins, made fit to be read: signs that hide, or turn the text around them, are written out, and long texts are cut.
import { number } from '../wording.ts';

/** Control characters but tab and newline, marks of direction, and signs without a width. */
const STRANGE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** `\u202e` instead of the sign itself. */
export const visible = (text: string): string =>
  text.replaceAll('\r\n', '\n').replace(STRANGE, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The first `most` characters, and how many are left out. A sign of two characters stays whole. */
export function cutText(text: string, most: number): { text: string; left: number } {
  if (text.length <= most) return { text, left: 0 };
  const start = text.slice(0, most).replace(/[\ud800-\udbff]$/, '');
  return { text: start, left: text.length - start.length };
}

/** Visible and at most about `most` characters; what is cut is said. */
export function shown(text: string, most = 500): string {
  const { text: start, left } = cutText(text, most);
  return left === 0 ? visible(start) : `${visible(start)}... (${number(left)} more)`;
}
