// Administrator routes that list and preview templates.
import type { PluginApp } from '@phraseworks/sdk';
import { BODY_HEADERS, SOURCE_HEADERS } from './page.ts';
import type { Previews } from './preview.ts';
import { PREVIEW_HEADERS, previewPage } from './preview-page.ts';

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
