// Makes the dashboard's client script, one file for browsers, and says how large the browser's parts are.
// Runs after `npm install` and with the build; a test holds the sizes.
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What browsers load, with the most bytes it may have after gzip. Without `to` it is only measured. */
export const BUNDLES = [
  {
    name: 'dashboard',
    from: 'plugins/dashboard/client/main.ts',
    to: 'plugins/dashboard/assets/client.js',
    most: 60_000,
  },
  { name: 'sdk/client', from: 'sdk/src/client/index.ts', most: 6_000 },
];

/** Bytes after gzip. */
export async function make({ from, to }) {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [from],
    outfile: to ?? 'none.js',
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
  if (to !== undefined) await replace(to, contents);
  return gzipSync(contents).length;
}

/** Nobody ever reads half a file. */
async function replace(to, contents) {
  const path = `${ROOT}${to}`;
  await writeFile(`${path}.${process.pid}`, contents);
  await rename(`${path}.${process.pid}`, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const one of BUNDLES.filter(({ from }) => existsSync(`${ROOT}${from}`))) {
    const bytes = await make(one);
    console.log(`${one.name}: ${(bytes / 1_000).toFixed(1)} kB after gzip, at most ${one.most / 1_000} kB`);
    if (bytes > one.most) process.exitCode = 1;
  }
}
