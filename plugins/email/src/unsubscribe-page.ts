// The unsubscribe pages: confirmation, outcome, and invalid link.
import { createHash } from 'node:crypto';
import { html, Markup } from './markup.ts';

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

export const UNSUBSCRIBE_HEADERS = {
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
export const askPage = (address: string): string =>
  page(
    'Unsubscribe?',
    html`<p>${address} will get no more newsletters and notices from us. Mails that you ask for, such as a new password, still arrive.</p>
<form method="post"><button>Unsubscribe</button></form>`,
  );

/** `back` is where the form that undoes it is sent, relative to the page. */
export const donePage = (address: string, back: string): string =>
  page(
    'You are unsubscribed',
    html`<p>${address} gets no more newsletters and notices from us.</p>
<form method="post" action="${back}"><button>Subscribe again</button></form>`,
  );

export const backPage = (address: string): string =>
  page('You are subscribed again', html`<p>${address} gets our newsletters and notices as before.</p>`);

export const badLinkPage = (): string =>
  page(
    'This link is not valid',
    html`<p>Perhaps it was cut off on its way. Open it from the mail once more, or answer the mail.</p>`,
  );
