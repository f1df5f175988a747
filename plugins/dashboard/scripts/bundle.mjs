// Bundles the pages' script, `client/`, into one file, `assets/client.js`.
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const FOLDER = join(import.meta.dirname, '..');
const OUT = `${FOLDER}/assets/client.js`;

/** The most bytes that it may have after gzip. */
export const most = 60_000;

/** Answers its bytes after gzip. */
export async function make() {
  const { outputFiles } = await build({
    absWorkingDir: FOLDER,
    entryPoints: ['client/main.ts'],
    outfile: OUT,
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    conditions: ['@phraseworks/source'],
    logLevel: 'warning',
  });
  const [{ contents }] = outputFiles;
  // Renamed into place, so that no reader sees half of it.
  await writeFile(`${OUT}.${process.pid}`, contents);
  await rename(`${OUT}.${process.pid}`, OUT);
  return gzipSync(contents).length;
}
