// Makes what browsers load: the dashboard's client script, one file, and the viewer of the API, compressed; says how large the parts are.
// Runs after `npm install` and with the build; a test holds the sizes.
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
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

const VIEWER = 'plugins/api-docs/';

/** Swagger UI as a plugin serves it. Our package brings two of its files, since a site would install 12 MB with it. */
async function copyViewer() {
  const from = dirname(createRequire(`${ROOT}${VIEWER}`).resolve('swagger-ui-dist/package.json'));
  const read = (name) => readFile(join(from, name));
  const js = gzipSync(await read('swagger-ui-bundle.js'), { level: 9 });
  const css = gzipSync(await read('swagger-ui.css'), { level: 9 });
  const licences = await Promise.all(['NOTICE', 'LICENSE', 'swagger-ui-bundle.js.LICENSE.txt'].map(read));
  await replace(`${VIEWER}assets/swagger-ui.js.gz`, js);
  await replace(`${VIEWER}assets/swagger-ui.css.gz`, css);
  await replace(`${VIEWER}assets/swagger-ui.LICENSE.txt`, licences.join('\n\n'));
  return js.length + css.length;
}

/** Renames the file into place, so that no reader sees half of it. */
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
  if (existsSync(`${ROOT}${VIEWER}`))
    console.log(`api-docs: ${((await copyViewer()) / 1_000).toFixed(1)} kB after gzip`);
}
