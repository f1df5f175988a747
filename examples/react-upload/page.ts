// The page: its HTML, its style, and its script, which esbuild makes when the server starts.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Hono } from 'hono';

const HTML = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Upload a picture</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/page.css">
    <script type="module" src="/page.js"></script>
  </head>
  <body>
    <main id="root"></main>
  </body>
</html>
`;

/** Everything comes from here: no inline script, no other site. */
const POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function script(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [here('browser/main.jsx')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    // Resolves to the packages' sources inside this repository; elsewhere the condition does not exist and has no effect.
    conditions: ['@phraseworks/source'],
    define: { 'process.env.NODE_ENV': '"production"' },
    tsconfigRaw: { compilerOptions: { jsx: 'react-jsx', jsxImportSource: 'react' } },
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild made no file of browser/main.jsx');
  return file.text;
}

export async function pageRoutes(): Promise<Hono> {
  const [code, style] = await Promise.all([script(), readFile(here('browser/page.css'), 'utf8')]);
  const app = new Hono();
  app.get('/', (c) => c.html(HTML, 200, { 'Content-Security-Policy': POLICY }));
  app.get('/page.js', (c) => c.body(code, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }));
  app.get('/page.css', (c) => c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  return app;
}
