// A small page for errors. It loads no other files, so it works without signing in.
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#17201d, #e5eae8); --soft: light-dark(#5a6561, #98a49f);
  --paper: light-dark(#fff, #0f1312); --back: light-dark(#f6f8f7, #171c1a); --line: light-dark(#e4e8e6, #262d2a); }
* { box-sizing: border-box; }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; padding: 16px; background: var(--back);
  color: var(--ink); font: .875rem/1.4286 Inter, system-ui, sans-serif; }
main { width: min(36rem, 100%); padding: 32px; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); }
h1 { margin: 0 0 12px; font-size: 1.25rem; line-height: 1.4; letter-spacing: -.015em; text-wrap: balance; }
p { margin: 0 0 16px; overflow-wrap: break-word; }
code { padding: 0 4px; border-radius: 4px; background: var(--back); font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
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
