// Unsubscribe routes: a confirmation page (GET), and the action (POST), by its button or one click in a mail program (RFC 8058).
import type { Logger, PluginApp } from '@phraseworks/sdk';
import { readBody } from './body.ts';
import type { Suppressions } from './suppressions.ts';
import type { UnsubscribeLinks } from './unsubscribe-link.ts';
import { askPage, backPage, badLinkPage, donePage, UNSUBSCRIBE_HEADERS } from './unsubscribe-page.ts';

/** Bytes; mail programs send `List-Unsubscribe=One-Click`, as a form. */
const MAX_BODY = 8 * 1024;

export interface UnsubscribeParts {
  links: UnsubscribeLinks;
  suppressions: Suppressions;
  log: Logger;
}

export function addUnsubscribeRoutes(app: PluginApp, { links, suppressions, log }: UnsubscribeParts): void {
  const path = '/unsubscribe/:token';

  app.get(path, async (c) => {
    const address = await links.read(c.req.param('token'));
    if (address === null) return c.body(badLinkPage(), 404, UNSUBSCRIBE_HEADERS);
    return c.body(askPage(address), 200, UNSUBSCRIBE_HEADERS);
  });

  app.post(path, async (c) => {
    const body = await readBody(c.req.raw, MAX_BODY);
    const token = c.req.param('token');
    const address = await links.read(token);
    if (address === null) return c.body(badLinkPage(), 404, UNSUBSCRIBE_HEADERS);
    const oneClick = /\bList-Unsubscribe=One-Click\b/i.test(body);
    const fresh = await suppressions.add(address, 'unsubscribed', oneClick ? 'in the mail program' : 'on the page');
    if (fresh) log.info('a recipient unsubscribed');
    return c.body(donePage(address, `${token}/undo`), 200, UNSUBSCRIBE_HEADERS);
  });

  app.post(`${path}/undo`, async (c) => {
    await readBody(c.req.raw, MAX_BODY);
    const address = await links.read(c.req.param('token'));
    if (address === null) return c.body(badLinkPage(), 404, UNSUBSCRIBE_HEADERS);
    await suppressions.remove(address, 'unsubscribed');
    return c.body(backPage(address), 200, UNSUBSCRIBE_HEADERS);
  });
}
