// The page of a link that sends a signal. Scanners of mail follow links, so that a GET only shows the form: what sends it is the button.
import { createHash } from 'node:crypto';
import { JobsError, type SignalLink, type SignalLinks } from '@phraseworks/sdk';
import { html, raw } from 'hono/html';
import { formOf, type Posted, readForm } from './schema-form.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#17201d, #e5eae8); --paper: light-dark(#fff, #0f1312);
  --back: light-dark(#f6f8f7, #171c1a); --line: light-dark(#e4e8e6, #262d2a); --bad: light-dark(#b42318, #ff8f84); }
* { box-sizing: border-box; }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; padding: 16px; background: var(--back);
  color: var(--ink); font: .875rem/1.4286 Inter, system-ui, sans-serif; }
main { width: min(36rem, 100%); padding: 32px; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); }
h1 { margin: 0 0 12px; font-size: 1.25rem; line-height: 1.4; letter-spacing: -.015em; text-wrap: balance; overflow-wrap: anywhere; }
p, label { display: block; margin: 0 0 16px; overflow-wrap: break-word; }
:is(input, select, textarea) { display: block; width: 100%; margin-top: 4px; padding: 8px; border: 1px solid var(--line); border-radius: 6px;
  background: var(--paper); color: var(--ink); font: inherit; }
button { padding: 8px 16px; border: 0; border-radius: 6px; background: var(--ink); color: var(--paper); font: inherit; cursor: pointer; }
.error { color: var(--bad); }
`;
const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** It loads no other files. */
function page(title: string, status: number, body: unknown): Response {
  const text = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title}</title><style>${raw(STYLE)}</style></head>
<body><main><h1>${title}</h1>${body}</main></body>
</html>`;
  const policy = `default-src 'none'; style-src ${STYLE_HASH}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy };
  return new Response(String(text), { status, headers: { ...headers, 'Cache-Control': 'no-store' } });
}

/** Without `action`, a form is sent to the address of its page. */
function asking(key: string, { schema }: SignalLink, posted: Posted = {}, refused?: JobsError): Response {
  const title = typeof schema?.title === 'string' ? schema.title : key;
  const about = typeof schema?.description === 'string' ? schema.description : 'A job waits for this answer.';
  const fields = schema === null ? '' : formOf(schema, posted, refused?.errors);
  const problem = refused ? html`<p class="error">${refused.message}</p>` : '';
  const button = html`<button>${schema === null ? 'Confirm' : 'Send'}</button>`;
  return page(title, refused ? 400 : 200, html`<p>${about}</p>${problem}<form method="post">${fields}${button}</form>`);
}

/** Throws `NOT_FOUND`, `INVALID_STATE`, `LINK_CLOSED`. */
export async function answerLink(request: Request, links: SignalLinks): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [id = '', code = ''] = pathname.split('/').slice(2);
  const key = searchParams.get('key') ?? '';
  const link = await links.open(id, key, code);
  const { schema, closed } = link;
  if (closed !== null) return page('This link cannot be used', 409, html`<p>${closed}</p>`);
  if (request.method !== 'POST') return asking(key, link);
  const posted: Posted = schema === null ? {} : Object.fromEntries(new URLSearchParams(await request.text()));
  try {
    await link.send(schema === null ? true : (readForm(schema, posted) ?? {}));
  } catch (error) {
    if (!(error instanceof JobsError) || error.code !== 'INVALID_DATA') throw error;
    return asking(key, link, posted, error);
  }
  return page('Thank you', 200, html`<p>The answer was sent, and the job goes on.</p>`);
}
