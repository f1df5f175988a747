// Copies Swagger UI, compressed, into `assets/`: two of its files, since a site would install 12 MB with the package.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const FROM = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** The most bytes that a browser may load after gzip. */
export const most = 600_000;

/** Answers how many it loads. */
export async function make() {
  const read = (name) => readFile(join(FROM, name));
  const js = gzipSync(await read('swagger-ui-bundle.js'), { level: 9 });
  const css = gzipSync(await read('swagger-ui.css'), { level: 9 });
  const licences = await Promise.all(['NOTICE', 'LICENSE', 'swagger-ui-bundle.js.LICENSE.txt'].map(read));
  await replace('swagger-ui.js.gz', js);
  await replace('swagger-ui.css.gz', css);
  await replace('swagger-ui.LICENSE.txt', licences.join('\n\n'));
  return js.length + css.length;
}

/** Renames the file into place, so that no reader sees half of it. */
async function replace(name, contents) {
  const path = join(import.meta.dirname, '../assets', name);
  await writeFile(`${path}.${process.pid}`, contents);
  await rename(`${path}.${process.pid}`, path);
}
