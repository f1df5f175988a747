// One mail as a page without scripts or external requests; its HTML is in a sandboxed frame.
import { createHash } from 'node:crypto';
import type { Email } from 'postal-mime';
import { html, Markup } from './markup.ts';
import { jobOf, type StoredMessage } from './messages.ts';

const STYLE = `
:root{color-scheme:light dark;font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}
body{margin:0 auto;max-width:60rem;padding:1.5rem}
nav{display:flex;gap:1rem;margin:0 0 1rem}
h1{font-size:1.4rem;margin:0 0 1rem;overflow-wrap:anywhere}
h2{font-size:1rem;margin:1.5rem 0 .5rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:0}
dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}
iframe{width:100%;height:32rem;border:1px solid #8884;border-radius:6px;background:#fff}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #8884;border-radius:6px;padding:1rem;margin:0}
a:focus-visible,summary:focus-visible{outline:2px solid;outline-offset:2px}
`;

const styleHash = createHash('sha256').update(STYLE).digest('base64');

export const COMMON_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

export const PAGE_HEADERS = {
  ...COMMON_HEADERS,
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
};

/** The mail's own HTML: its address answers a document without scripts, forms, origin or network. */
export const BODY_HEADERS = {
  ...COMMON_HEADERS,
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
};

export const SOURCE_HEADERS = {
  ...COMMON_HEADERS,
  'Content-Type': 'text/plain; charset=utf-8',
  'Content-Security-Policy': "sandbox; default-src 'none'",
};

/** From a page such as `/plugins/email/mailbox/<id>` to the mount path, which it does not know. */
export const MOUNT = '../../..';

export function messagePage(message: StoredMessage, mail: Email, at: string): string {
  const base = encodeURIComponent(message.id);
  const fields: [string, string][] = [
    ['From', mail.from?.name ? `${mail.from.name} <${mail.from.address}>` : (mail.from?.address ?? message.sender)],
    ['To', message.recipient],
    ['Received', at],
    ['Message-ID', message.message_id],
    ['Size', `${message.size} bytes`],
  ];
  const headers = mail.headers.map(({ originalKey, value }) => html`<dt>${originalKey}</dt><dd>${value}</dd>`);
  const files = mail.attachments.map(
    ({ filename, mimeType }) => html`<dt>Attachment</dt><dd>${filename ?? 'unnamed'} (${mimeType})</dd>`,
  );
  const job = jobOf(message);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${message.subject || '(no subject)'}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<nav><a href="${MOUNT}/panels/email/mailbox">Mailbox</a>${job === null ? [] : html` <a href="${MOUNT}/job/${job}">Job</a>`}</nav>
<main>
<h1>${message.subject || '(no subject)'}</h1>
<dl>${fields.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}${files}</dl>
${
  mail.html === undefined
    ? []
    : html`<h2>HTML</h2>
<iframe sandbox src="${base}/html" title="The mail as HTML"></iframe>`
}
<h2>Text</h2>
<pre>${mail.text ?? ''}</pre>
<details><summary>All headers</summary><dl>${headers}</dl></details>
<p><a href="${base}/raw">Source</a></p>
</main>
</body>
</html>
`.text;
}
