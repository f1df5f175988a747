// A small page for errors. It loads no other files, so it works without signing in.
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1c2321, #e4e9e6); --soft: light-dark(#59635f, #9ba6a1);
  --paper: light-dark(#fdfdfc, #131716); --code: light-dark(#f5f6f3, #1b201f); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 36rem; margin: 0 auto; padding: clamp(2rem, 12vh, 8rem) 1.25rem 2rem; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
p { margin: 0 0 1rem; overflow-wrap: break-word; }
code { padding: .1em .35em; border-radius: 4px; background: var(--code); font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
small { color: var(--soft); }
`;

const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** Title and detail are our own text; they are escaped anyway. */
export function problemPage(
  { title, detail, status, code }: { title: string; detail: string; status: number; code: string },
  headers: Record<string, string>,
): Response {
  const page = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title}</title><style>${raw(STYLE)}</style></head>
<body><main><h1>${title}</h1>${sentence(detail)}<p><small>${status} ${code}</small></p></main></body>
</html>`;
  const policy = `default-src 'none'; style-src ${STYLE_HASH}; script-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`;
  return new Response(String(page), {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
      'Cache-Control': 'no-store',
      ...headers,
    },
  });
}

/** A sentence; text between backticks is shown as code. */
const sentence = (text: string) =>
  html`<p>${text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}</p>`;
