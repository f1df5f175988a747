// The API reference: Swagger UI with the core's OpenAPI description, served from this package, in the frame of the dashboard if there is one.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { definePlugin, type FramedPage, JobsError, optional, PageFrame, Pages } from '@phraseworks/sdk';
import { html, raw } from 'hono/html';

const YEAR = 31_536_000;

interface Asset {
  /** Below the pages; changes with the content. */
  path: string;
  type: string;
  gzipped: Buffer;
}

// Beside src and dist alike.
const read = (name: string): Promise<Buffer> => readFile(new URL(`../assets/${name}`, import.meta.url));

/** The viewer is stored compressed, our own files are not. */
async function assetOf(name: 'swagger-ui' | 'page', ending: 'css' | 'js'): Promise<Asset> {
  const gzipped =
    name === 'page'
      ? gzipSync(await read(`page.${ending}`))
      : await read(`${name}.${ending}.gz`).catch((cause: unknown) => {
          const what = 'The viewer is missing: run npm run build in the repository, or install this package again.';
          throw new JobsError('INVALID_STATE', what, { cause });
        });
  const version = createHash('sha256').update(gzipped).digest('hex').slice(0, 12);
  const type = ending === 'css' ? 'text/css' : 'text/javascript';
  return { path: `/${name}-${version}.${ending}`, type: `${type}; charset=utf-8`, gzipped };
}

/** For a site without a dashboard. */
const bare = (
  base: string,
  { title, body, styles, scripts }: Required<Omit<FramedPage, 'panel'>>,
) => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>PhraseWorks Jobs: ${title}</title>
<link rel="icon" href="data:,">
${styles.map((path) => html`<link rel="stylesheet" href="${base}${path}">`)}
${scripts.map((path) => html`<script defer src="${base}${path}"></script>`)}
</head>
<body>
<main>${raw(body)}</main>
</body>
</html>`;

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    'api-docs': unknown;
  }
}

export default definePlugin({
  name: 'api-docs',
  version: '0.1.0',
  title: 'API reference',
  description: 'Documentation of the HTTP API, where you can try each request.',
  author: 'PhraseWorks',
  sdk: '^0.1.0',
  pagesAt: '/api/docs',
  needs: { pages: Pages, frame: optional(PageFrame) },
  async init({ needs }) {
    const { pages } = needs;
    const viewerStyle = await assetOf('swagger-ui', 'css');
    const viewer = await assetOf('swagger-ui', 'js');
    const style = await assetOf('page', 'css');
    const script = await assetOf('page', 'js');

    pages.get('/', (c) => {
      const { base } = c.var;
      const body = html`<noscript><p>This page needs JavaScript. The API is also described in <a href="${base}/api/openapi.json">openapi.json</a>.</p></noscript>
<div id="viewer" data-description="${base}/api/openapi.json"></div>
<section id="errors" hidden>
<h2>Errors</h2>
<p>Errors are <code>application/problem+json</code> with one of these codes.</p>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody></tbody></table>
</section>`;
      const page = {
        title: 'HTTP API',
        body: String(body),
        styles: [viewerStyle, style].map(({ path }) => `/api/docs${path}`),
        scripts: [viewer, script].map(({ path }) => `/api/docs${path}`),
      };
      return needs.frame?.answer(c, page) ?? c.html(bare(base, page));
    });

    for (const { path, type, gzipped } of [viewerStyle, viewer, style, script]) {
      const headers = {
        'Content-Type': type,
        'Cache-Control': `private, max-age=${YEAR}, immutable`,
        Vary: 'Accept-Encoding',
      };
      pages.get(path, (c) =>
        /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
          ? c.body(new Uint8Array(gzipped), 200, { ...headers, 'Content-Encoding': 'gzip' })
          : c.body(new Uint8Array(gunzipSync(gzipped)), 200, headers),
      );
    }
  },
});
