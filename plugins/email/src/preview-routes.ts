// Administrator routes that list and preview templates.
import type { FramedPage, PluginApp } from '@phraseworks/sdk';
import { html } from 'hono/html';
import { BODY_HEADERS, type ShowPage, SOURCE_HEADERS } from './document.ts';
import type { Preview, Previews } from './preview.ts';

function previewPage({ name, subject, text }: Preview): FramedPage {
  const frame = (title: string, width: number) =>
    html`<figure><iframe class="frame" sandbox="allow-same-origin" src="${name}/html" width="${width}" height="640" title="${name} on a ${title}"></iframe>
<figcaption>${title}, ${width} px</figcaption></figure>`;
  const body = html`<p class="faint">The template <b>${name}</b> with its sample.</p>
<div class="buttons"><a class="button" href="${name}/html">HTML</a><a class="button" href="${name}/text">Text</a></div>
<div class="pictures">${frame('desktop', 700)}${frame('phone', 360)}</div>
<h2>Text</h2>
<pre class="code">${text}</pre>`;
  return { title: subject, panel: 'templates', body: String(body) };
}

export function addPreviewRoutes(routes: PluginApp, previews: Previews, show: ShowPage): void {
  routes.get('/preview', async (c) => c.json({ templates: await previews.list() }));
  routes.get('/preview/:template', async (c) => show(c, previewPage(await previews.show(c.req.param('template')))));
  routes.get('/preview/:template/html', async (c) =>
    c.body((await previews.show(c.req.param('template'))).html, 200, BODY_HEADERS),
  );
  routes.get('/preview/:template/text', async (c) =>
    c.body((await previews.show(c.req.param('template'))).text, 200, SOURCE_HEADERS),
  );
}
