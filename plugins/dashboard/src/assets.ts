// The stylesheet, the script and the font: read once, and served under addresses that change with their content.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

/** In the order of the stylesheet. */
const STYLES = ['tokens', 'frame', 'button', 'badge', 'table', 'card', 'form', 'data', 'print'];

export interface Asset {
  content: string | Buffer;
  /** Undefined if compressing it again saves nothing. */
  compressed: Buffer | undefined;
  type: string;
  /** Below the mount point. */
  path: string;
}

export interface Assets {
  stylesheet: Asset;
  font: Asset;
  /** Undefined if it was not built; the pages work without it. */
  script: Asset | undefined;
}

// The assets folder is a sibling of both src and dist.
const read = (name: string): Promise<Buffer> => readFile(new URL(`../assets/${name}`, import.meta.url));

export async function readAssets(): Promise<Assets> {
  const [script, inter, ...styles] = await Promise.all([
    read('client.js').catch(() => undefined),
    read('inter.woff2'),
    ...STYLES.map((name) => read(`${name}.css`)),
  ]);
  const font = asset(inter, 'woff2', 'font/woff2');
  const style = styles.join('\n').replace('inter.woff2', font.path.replace(/^.*\//, ''));
  return {
    stylesheet: asset(style, 'css', 'text/css; charset=utf-8'),
    font,
    script: script && asset(script.toString(), 'js', 'text/javascript; charset=utf-8'),
  };
}

function asset(content: string | Buffer, ending: string, type: string): Asset {
  const version = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const compressed = typeof content === 'string' ? gzipSync(content) : undefined;
  return { content, compressed, type, path: `/assets/dashboard-${version}.${ending}` };
}
