// The addresses of the pages.
/** @jsxImportSource hono/jsx */
import type { PluginContext } from '@phraseworks/sdk';
import { html } from 'hono/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { Refusal } from './api.ts';
import { createLayout, type Page } from './layout.tsx';
import { jobPage } from './pages/job.tsx';
import { listPage } from './pages/list.tsx';
import { panelPage } from './pages/panel.tsx';
import { pluginsPage } from './pages/plugins.tsx';
import { refusedPage } from './pages/refused.tsx';
import { schedulesPage } from './pages/schedules.tsx';
import type { Stylesheet } from './stylesheet.ts';
import { type PageContext, type Visit, visitOf } from './visit.ts';

type MakePage = (visit: Visit, param: (name: string) => string) => Page | Promise<Page>;

const YEAR = 31_536_000;

export function addPages(ctx: Pick<PluginContext, 'pages' | 'request' | 'clock'>, stylesheet: Stylesheet): void {
  const { pages } = ctx;
  const Layout = createLayout(stylesheet.path);

  const answer = async (c: PageContext, make: MakePage): Promise<Response> => {
    const visit = await visitOf(c, ctx);
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

  page('/', listPage);
  page('/job/:id', (visit, param) => jobPage(visit, param('id')));
  page('/schedules', schedulesPage);
  page('/plugins', pluginsPage);
  page('/panels/:plugin/:id', (visit, param) => panelPage(visit, param('plugin'), param('id')));
  pages.get(stylesheet.path, (c) =>
    c.body(stylesheet.text, 200, {
      'Content-Type': 'text/css; charset=utf-8',
      'Cache-Control': `private, max-age=${YEAR}, immutable`,
    }),
  );
  page('*', () => {
    throw new Refusal(404, 'NOT_FOUND', 'There is no such page.');
  });
}
