// The addresses of the pages.
/** @jsxImportSource hono/jsx */
import type { PluginContext } from '@phraseworks/sdk';
import { html } from 'hono/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { Refusal } from './api.ts';
import type { Asset, Assets } from './assets.ts';
import { createLayout, type Page } from './layout.tsx';
import { jobPage } from './pages/job.tsx';
import { listPage } from './pages/list.tsx';
import { panelPage } from './pages/panel.tsx';
import { pluginsPage } from './pages/plugins.tsx';
import { refusedPage } from './pages/refused.tsx';
import { schedulesPage } from './pages/schedules.tsx';
import { type PageContext, type Visit, visitOf } from './visit.ts';
import type { Words } from './words/words.ts';

type MakePage = (visit: Visit, param: (name: string) => string) => Page | Promise<Page>;

const YEAR = 31_536_000;

type Parts = Pick<PluginContext, 'pages' | 'request' | 'clock'>;

export function addPages({ pages, request, clock }: Parts, assets: Assets, words: Words): void {
  const Layout = createLayout(assets);

  const answer = async (c: PageContext, make: MakePage): Promise<Response> => {
    const visit = await visitOf(c, { request, clock, words });
    let status = 200;
    let page: Page;
    try {
      page = await make(visit, (name) => c.req.param(name) ?? '');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      status = error.status;
      page = refusedPage(visit, error);
    }
    const tree = <Layout visit={visit} {...page} />;
    return c.html(html`<!doctype html>${tree}`, status as ContentfulStatusCode);
  };

  const page = (path: string, make: MakePage): void => void pages.get(path, (c) => answer(c, make));

  const serve = ({ path, text, type }: Asset): void => {
    const headers = { 'Content-Type': type, 'Cache-Control': `private, max-age=${YEAR}, immutable` };
    pages.get(path, (c) => c.body(text, 200, headers));
  };

  page('/', listPage);
  page('/job/:id', (visit, param) => jobPage(visit, param('id')));
  page('/schedules', schedulesPage);
  page('/plugins', pluginsPage);
  page('/panels/:plugin/:id', (visit, param) => panelPage(visit, param('plugin'), param('id')));
  for (const asset of [assets.stylesheet, assets.script]) if (asset) serve(asset);
  page('*', () => {
    throw new Refusal(404, 'NOT_FOUND', 'There is no such page.');
  });
}
