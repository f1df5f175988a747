// Unsubscribe routes: a confirmation page (GET), and the action (POST), by its button or one click in a mail program (RFC 8058).
import type { Logger, PluginApp } from '@phraseworks/sdk';
import { html } from 'hono/html';
import { documents } from './document.ts';
import type { Suppressions } from './suppressions.ts';
import type { UnsubscribeLinks } from './unsubscribe-link.ts';

const STYLE = `
:root{font-size:16px}
body{margin:0;min-height:100vh;display:grid;place-items:center}
main{box-sizing:border-box;width:100%;max-width:32rem;padding:1.5rem}
button{font:inherit;padding:.7rem 1.2rem;border:0;border-radius:6px;background:#2f5fdd;color:#fff;cursor:pointer}
`;
const { headers, page } = documents(STYLE, "form-action 'self'; frame-ancestors 'none'");
const HEADERS = { ...headers, 'X-Robots-Tag': 'noindex' };

const answer = (title: string, body: ReturnType<typeof html>): string =>
  page(
    title,
    html`<main>
<h1>${title}</h1>
${body}
</main>`,
  );

/** Mail scanners follow links, so opening the page changes nothing. */
const askPage = (address: string): string =>
  answer(
    'Unsubscribe?',
    html`<p>${address} will no longer receive newsletters and notices from us. Mail that you ask for, such as a new password, still arrives.</p>
<form method="post"><button>Unsubscribe</button></form>`,
  );

/** `back` is where the form that undoes it is sent, relative to the page. */
const donePage = (address: string, back: string): string =>
  answer(
    'You are unsubscribed',
    html`<p>${address} no longer receives newsletters and notices from us.</p>
<form method="post" action="${back}"><button>Subscribe again</button></form>`,
  );

const backPage = (address: string): string =>
  answer('You are subscribed again', html`<p>${address} receives our newsletters and notices again.</p>`);

const badLinkPage = (): string =>
  answer(
    'This link is not valid',
    html`<p>It may have been cut off. Open it from the mail again, or reply to the mail.</p>`,
  );

export interface UnsubscribeParts {
  links: UnsubscribeLinks;
  suppressions: Suppressions;
  log: Logger;
}

export function addUnsubscribeRoutes(app: PluginApp, { links, suppressions, log }: UnsubscribeParts): void {
  const path = '/unsubscribe/:token';

  app.get(path, async (c) => {
    const address = await links.read(c.req.param('token'));
    if (address === null) return c.body(badLinkPage(), 404, HEADERS);
    return c.body(askPage(address), 200, HEADERS);
  });

  app.post(path, async (c) => {
    const token = c.req.param('token');
    const address = await links.read(token);
    if (address === null) return c.body(badLinkPage(), 404, HEADERS);
    // Mail programs send this as a form.
    const oneClick = /\bList-Unsubscribe=One-Click\b/i.test(await c.req.text());
    const fresh = await suppressions.add(address, 'unsubscribed', oneClick ? 'in the mail program' : 'on the page');
    if (fresh) log.info('a recipient unsubscribed');
    return c.body(donePage(address, `${token}/undo`), 200, HEADERS);
  });

  app.post(`${path}/undo`, async (c) => {
    const address = await links.read(c.req.param('token'));
    if (address === null) return c.body(badLinkPage(), 404, HEADERS);
    await suppressions.remove(address, 'unsubscribed');
    return c.body(backPage(address), 200, HEADERS);
  });
}
