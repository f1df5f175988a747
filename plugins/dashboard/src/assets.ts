// The stylesheet and scripts: read once, and served under addresses that change with their content.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

/** In the order of the stylesheet. */
const STYLES = [
  'base',
  'frame',
  'controls',
  'state',
  'table',
  'list',
  'notices',
  'job',
  'life',
  'json',
  'blocks',
  'pages',
  'form',
  'rows',
  'plugins',
  'schedules',
  'metrics',
  'nodes',
  'find',
  'narrow',
];

export interface Asset {
  text: string;
  compressed: Buffer;
  type: string;
  /** Below the mount point. */
  path: string;
}

export interface Assets {
  stylesheet: Asset;
  /** Undefined if it was not built; the pages work without it. */
  script: Asset | undefined;
}

// The assets folder is a sibling of both src and dist.
const read = (name: string): Promise<string> => readFile(new URL(`../assets/${name}`, import.meta.url), 'utf8');

export async function readAssets(): Promise<Assets> {
  const [script, ...styles] = await Promise.all([
    read('client.js').catch(() => undefined),
    ...STYLES.map((name) => read(`${name}.css`)),
  ]);
  return {
    stylesheet: asset(styles.join('\n'), 'css', 'text/css'),
    script: script === undefined ? undefined : asset(script, 'js', 'text/javascript'),
  };
}

function asset(text: string, ending: string, type: string): Asset {
  const version = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const path = `/assets/dashboard-${version}.${ending}`;
  return { text, compressed: gzipSync(text), type: `${type}; charset=utf-8`, path };
}
