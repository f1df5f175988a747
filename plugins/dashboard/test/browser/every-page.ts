// Finds every kind of page of a dashboard, by following its links as a person would, and says what axe finds on one.
import axe from 'axe-core';
import type { Visit } from '../../../../test/browser/browser.ts';

/** What is no page: the API, files to download, and what plugins answer themselves. */
const NO_PAGE = /^\/(?:api|assets|plugins\/[^/]+)\/|\.json$|^\/metrics$/;
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** A name for pages that differ only in what they are about: `job`, `list-status`, `plugin-post`. Each type has a form of its own. */
function kindOf(base: string, { pathname, searchParams }: URL): string {
  const path = pathname.slice(base.length).replace(ID, '').split('/').filter(Boolean);
  if (path[0] === 'add' && searchParams.has('type')) path.push(searchParams.get('type') ?? '');
  return [...(path.length > 0 ? path : ['list']), ...[...searchParams.keys()].sort()].join('-');
}

/** Calls `look` on one page of each kind, with the name of that kind; `start` is the list of jobs. */
export async function everyPage(
  { page }: Visit,
  start: string,
  look: (kind: string, status: number) => Promise<void>,
): Promise<void> {
  const base = new URL(start).pathname;
  const waiting = [start];
  const seen = new Set([kindOf(base, new URL(start))]);
  for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
    const answer = await page.goto(url);
    await look(kindOf(base, new URL(url)), answer?.status() ?? 0);
    const links = (await page.evaluate(
      `[...document.querySelectorAll('a[href]:not([download])')].map(({ href }) => href)`,
    )) as string[];
    for (const link of links) {
      const there = new URL(link);
      const kind = kindOf(base, there);
      const isOurs = there.origin === new URL(start).origin && `${there.pathname}/`.startsWith(`${base}/`);
      // Pages with several filters are made of the same parts.
      if (!isOurs || there.searchParams.size > 1 || NO_PAGE.test(there.pathname.slice(base.length)) || seen.has(kind))
        continue;
      seen.add(kind);
      waiting.push(link);
    }
  }
}

/** What axe finds, each with the first place it is at. */
export async function wrongOn({ page }: Visit): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  return page.evaluate(`axe.run({ resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }).then(({ violations }) => violations
    .map(({ id, nodes }) => id + ' at ' + nodes[0].target.join(' ')))`);
}
