// Administrator routes that list and preview templates.

import { createHash } from 'node:crypto';
import type { PluginApp } from '@phraseworks/sdk';
import { html, Markup } from './markup.ts';
import { BODY_HEADERS, COMMON_HEADERS, MOUNT, SOURCE_HEADERS } from './page.ts';
import type { Preview, Previews } from './preview.ts';

const STYLE = `
:root{color-scheme:light dark;font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}
body{margin:0 auto;max-width:80rem;padding:1.5rem}
h1{font-size:1.4rem;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:0 0 1rem;overflow-wrap:anywhere}
.views{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}
.views>*{min-width:0}
.wide{flex:1 1 40rem}
.narrow{flex:0 1 362px}
iframe{box-sizing:border-box;width:100%;height:46rem;border:1px solid #8884;border-radius:6px}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #8884;border-radius:6px;padding:1rem;margin:0}
@media (max-width:48rem){.wide{display:none}}
a:focus-visible{outline:2px solid;outline-offset:2px}
`;

const styleHash = createHash('sha256').update(STYLE).digest('base64');

const PREVIEW_HEADERS = {
  ...COMMON_HEADERS,
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
};

function previewPage({ name, subject, text }: Preview): string {
  const frame = (title: string) => html`<iframe sandbox src="${name}/html" title="${title}"></iframe>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${name}: ${subject}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<nav><a href="${MOUNT}/panels/email/templates">Mail templates</a></nav>
<main>
<h1>${subject}</h1>
<p>The template <b>${name}</b> with its sample. <a href="${name}/html">HTML</a> · <a href="${name}/text">Text</a></p>
<div class="views">
<section class="wide"><h2>Desktop</h2>${frame(`${name} on a desktop`)}</section>
<section class="narrow"><h2>Phone, 360 px</h2>${frame(`${name} on a phone`)}</section>
</div>
<h2>Text</h2>
<pre>${text}</pre>
</main>
</body>
</html>
`.text;
}

export function addPreviewRoutes(routes: PluginApp, previews: Previews): void {
  routes.get('/preview', async (c) => c.json({ templates: await previews.list() }));

  routes.get('/preview/:template', async (c) =>
    c.body(previewPage(await previews.show(c.req.param('template'))), 200, PREVIEW_HEADERS),
  );

  routes.get('/preview/:template/html', async (c) =>
    c.body((await previews.show(c.req.param('template'))).html, 200, BODY_HEADERS),
  );

  routes.get('/preview/:template/text', async (c) =>
    c.body((await previews.show(c.req.param('template'))).text, 200, SOURCE_HEADERS),
  );
}
