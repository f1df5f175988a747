// Unsubscribe routes: a confirmation page (GET), and the action (POST), by its button or one click in a mail program (RFC 8058).

import { createHash } from 'node:crypto';
import type { Logger, PluginApp } from '@phraseworks/sdk';
import { readBody } from './body.ts';
import { html, Markup } from './markup.ts';
import type { Suppressions } from './suppressions.ts';
import type { UnsubscribeLinks } from './unsubscribe-link.ts';

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center}
main{box-sizing:border-box;width:100%;max-width:32rem;padding:1.5rem}
h1{font-size:1.4rem;margin:0 0 1rem}
p{overflow-wrap:anywhere}
button{font:inherit;padding:.7rem 1.2rem;border:0;border-radius:6px;background:#2f5fdd;color:#fff;cursor:pointer}
button:focus-visible{outline:2px solid;outline-offset:2px}
`;

const styleHash = createHash('sha256').update(STYLE).digest('base64');

const UNSUBSCRIBE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Robots-Tag': 'noindex',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
};

function page(title: string, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.text;
}

/** Mail scanners follow links, so opening the page changes nothing. */
const askPage = (address: string): string =>
  page(
    'Unsubscribe?',
    html`<p>${address} will no longer receive newsletters and notices from us. Mail that you ask for, such as a new password, still arrives.</p>
<form method="post"><button>Unsubscribe</button></form>`,
  );

/** `back` is where the form that undoes it is sent, relative to the page. */
const donePage = (address: string, back: string): string =>
  page(
    'You are unsubscribed',
    html`<p>${address} no longer receives newsletters and notices from us.</p>
<form method="post" action="${back}"><button>Subscribe again</button></form>`,
  );

const backPage = (address: string): string =>
  page('You are subscribed again', html`<p>${address} receives our newsletters and notices again.</p>`);

const badLinkPage = (): string =>
  page(
    'This link is not valid',
    html`<p>It may have been cut off. Open it from the mail again, or reply to the mail.</p>`,
  );

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
