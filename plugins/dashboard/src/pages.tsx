// Maps addresses to pages, and puts the pages of other plugins into the same frame.
/** @jsxImportSource hono/jsx */

import { ERRORS, JobsError, type PageFrame, type RouteContext } from '@phraseworks/sdk';
import { html, raw } from 'hono/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { panelPath } from './address.ts';
import type { Asset, Assets } from './assets.ts';
import { type Posted, postedIn } from './form/state.ts';
import { Icon } from './icons.tsx';
import { editPage, retryEdited } from './job/edit.tsx';
import { signalPage, signalPosted } from './job/signals.tsx';
import { type Answer, createLayout, type Page } from './layout.tsx';
import { listCsv } from './list/csv.ts';
import { createLastHour } from './metrics/read.ts';
import { addPage, addPosted } from './pages/add.tsx';
import { batchesPage, batchPage } from './pages/batches.tsx';
import { FILES, jobFile, jobPage } from './pages/job.tsx';
import { limitsPage, limitsPosted } from './pages/limits.tsx';
import { listPage } from './pages/list.tsx';
import { logPage } from './pages/log.tsx';
import { metricsPage } from './pages/metrics.tsx';
import { nodesPage } from './pages/nodes.tsx';
import { panelPage, panelPosted } from './pages/panel.tsx';
import { pluginPage, pluginPosted, pluginsPage } from './pages/plugins.tsx';
import { addSchedule, changeSchedule, newSchedulePage, schedulePage } from './pages/schedule.tsx';
import { schedulesPage } from './pages/schedules.tsx';
import { searchPage } from './pages/search.tsx';
import { typePage } from './pages/type.tsx';
import { LinkButton, Trail } from './parts.tsx';
import { isRefusal } from './refusal.ts';
import { nextRunsPart } from './schedule/preview.tsx';
import { createShare, send, sendPage } from './send.ts';
import { type Site, UPDATE, type Visit, visitOf } from './visit.ts';

function refusedPage({ to }: Visit, { code, message }: JobsError): Page {
  const { status, title } = ERRORS[code];
  return {
    title,
    status,
    children: (
      <div class="empty">
        <Icon name="warning" />
        <h1>{title}</h1>
        <p>{message}</p>
        <LinkButton href={to('/')}>All jobs</LinkButton>
      </div>
    ),
  };
}

/** The parameters of a path, in its order. */
type Names<Path extends string> = Path extends `${string}:${infer Rest}` ? [name: string, ...Names<Rest>] : [];
type Make<Path extends string, More extends unknown[] = []> = (
  visit: Visit,
  ...given: [...Names<Path>, ...More]
) => Answer | Promise<Answer>;

const YEAR = 31_536_000;

export function addPages(site: Site, assets: Assets): PageFrame {
  const { pages } = site.needs;
  const Layout = createLayout(assets);

  const framed = async (c: RouteContext, visit: Visit, { status = 200, ...page }: Page) => {
    const tree = <Layout visit={visit} {...page} />;
    return sendPage(c, String(await html`<!doctype html>${tree}`), status as ContentfulStatusCode);
  };

  const answer = async (c: RouteContext, make: Make<''>): Promise<Response> => {
    const visit = await visitOf(site, c);
    let made: Answer;
    try {
      made = await make(visit);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      made = refusedPage(visit, error);
    }
    return made instanceof Response ? made : framed(c, visit, made);
  };

  const share = createShare(site.clock.now);
  const namesIn = <Path extends string>(c: RouteContext, path: Path) =>
    (path.match(/:\w+/g) ?? []).map((name) => c.req.param(name.slice(1))) as Names<Path>;

  const page = <Path extends string>(path: Path, make: Make<Path>): void =>
    void pages.get(path, async (c) => {
      const made = () => answer(c, (visit) => make(visit, ...namesIn(c, path)));
      if (c.req.header(UPDATE) === undefined) return made();
      return (await share(made)) ?? c.body(null, 304);
    });

  /** Forms post to the address of their page. */
  const form = <Path extends string>(path: Path, take: Make<Path, [Posted]>): void =>
    void pages.post(path, async (c) => {
      const fields = postedIn(await c.req.parseBody());
      return answer(c, (visit) => take(visit, ...namesIn(c, path), fields));
    });

  const serve = ({ path, content, compressed, type }: Asset): void => {
    const headers = { 'Content-Type': type, 'Cache-Control': `private, max-age=${YEAR}, immutable` };
    pages.get(path, async (c) =>
      typeof content === 'string'
        ? send(c, content, 200, headers, compressed)
        : c.body(new Uint8Array(content), 200, headers),
    );
  };

  const readLastHour = createLastHour();
  page('/', (visit) => listPage(visit, readLastHour));
  page('/jobs.csv', listCsv);
  page('/add', addPage);
  form('/add', addPosted);
  page('/job/:id', jobPage);
  page('/job/:id/edit', editPage);
  form('/job/:id/edit', retryEdited);
  page('/job/:id/signal', signalPage);
  form('/job/:id/signal', signalPosted);
  for (const part of FILES) page(`/job/:id/${part}.json`, (visit, id) => jobFile(visit, id, part));
  page('/figures', metricsPage);
  page('/search', searchPage);
  page('/types/:name', typePage);
  page('/nodes', nodesPage);
  page('/batches', batchesPage);
  page('/batch/:id', batchPage);
  page('/limits', (visit) => limitsPage(visit));
  form('/limits', limitsPosted);
  page('/log', logPage);
  page('/schedules', schedulesPage);
  page('/schedules/next', nextRunsPart);
  page('/schedules/new', newSchedulePage);
  form('/schedules/new', addSchedule);
  page('/schedule/:name{.+}', schedulePage);
  form('/schedule/:name{.+}', changeSchedule);
  page('/plugins', pluginsPage);
  page('/plugin/:name', pluginPage);
  form('/plugin/:name', pluginPosted);
  page('/panels/:plugin/:id', panelPage);
  form('/panels/:plugin/:id', panelPosted);
  for (const asset of [assets.stylesheet, assets.font, assets.script]) if (asset) serve(asset);
  page('*', () => {
    throw new JobsError('NOT_FOUND', 'This page does not exist.');
  });

  return {
    async answer(c, { title, body, panel, styles, scripts }) {
      const visit = await visitOf(site, c);
      const own =
        panel === undefined ? undefined : visit.panels.find((one) => one.plugin === c.var.plugin && one.id === panel);
      const path = own ? panelPath(own.plugin, own.id) : '';
      const children = (
        <article class="panel">
          {own ? <Trail visit={visit} pages={{ [path]: own.title }} /> : null}
          <h1>{title}</h1>
          {raw(body)}
        </article>
      );
      return framed(c, { ...visit, path, query: {}, plugin: site.name }, { title, styles, scripts, children });
    },
  };
}
