// The one stylesheet: the files in assets, in this order, under an address that changes with them.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const FILES = ['base', 'frame', 'state', 'table', 'list', 'job', 'pages', 'narrow'];

export interface Stylesheet {
  text: string;
  /** Below the mount point. */
  path: string;
}

export async function readStylesheet(): Promise<Stylesheet> {
  // Beside src and dist alike.
  const texts = FILES.map((name) => readFile(new URL(`../assets/${name}.css`, import.meta.url), 'utf8'));
  const text = (await Promise.all(texts)).join('\n');
  const version = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { text, path: `/assets/dashboard-${version}.css` };
}
