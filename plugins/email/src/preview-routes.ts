// Administrator routes that list and preview templates.
import type { PluginApp } from '@phraseworks/sdk';
import { html } from 'hono/html';
import { BODY_HEADERS, documents, MOUNT, SOURCE_HEADERS, WITH_FRAMES } from './document.ts';
import type { Preview, Previews } from './preview.ts';

const STYLE = `
body{margin:0 auto;max-width:80rem;padding:1.5rem}
h1{margin:0 0 .25rem}
p{margin:0 0 1rem}
.views{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}
.views>*{min-width:0}
.wide{flex:1 1 40rem}
.narrow{flex:0 1 362px}
iframe{height:46rem}
@media (max-width:48rem){.wide{display:none}}
`;
const { headers, page } = documents(STYLE, WITH_FRAMES);

function previewPage({ name, subject, text }: Preview): string {
  const frame = (title: string) => html`<iframe sandbox src="${name}/html" title="${title}"></iframe>`;
  return page(
    `${name}: ${subject}`,
    html`<nav><a href="${MOUNT}/panels/email/templates">Mail templates</a></nav>
<main>
<h1>${subject}</h1>
<p>The template <b>${name}</b> with its sample. <a href="${name}/html">HTML</a> · <a href="${name}/text">Text</a></p>
<div class="views">
<section class="wide"><h2>Desktop</h2>${frame(`${name} on a desktop`)}</section>
<section class="narrow"><h2>Phone, 360 px</h2>${frame(`${name} on a phone`)}</section>
</div>
<h2>Text</h2>
<pre>${text}</pre>
</main>`,
  );
}

export function addPreviewRoutes(routes: PluginApp, previews: Previews): void {
  routes.get('/preview', async (c) => c.json({ templates: await previews.list() }));
  routes.get('/preview/:template', async (c) =>
    c.body(previewPage(await previews.show(c.req.param('template'))), 200, headers),
  );
  routes.get('/preview/:template/html', async (c) =>
    c.body((await previews.show(c.req.param('template'))).html, 200, BODY_HEADERS),
  );
  routes.get('/preview/:template/text', async (c) =>
    c.body((await previews.show(c.req.param('template'))).text, 200, SOURCE_HEADERS),
  );
}
