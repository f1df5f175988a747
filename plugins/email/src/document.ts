// Pages of our own: whole documents without scripts, and the headers they are sent with.
import { createHash } from 'node:crypto';
import type { FramedPage, PageFrame, RouteContext } from '@phraseworks/sdk';
import { html, raw } from 'hono/html';

const COMMON_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};
const HTML = 'text/html; charset=utf-8';

/** The mail's own HTML: its address answers a document without scripts, forms or network. The page around its frame may measure it. */
export const BODY_HEADERS = {
  ...COMMON_HEADERS,
  'Content-Type': HTML,
  'Content-Security-Policy':
    "sandbox allow-same-origin; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
};

export const SOURCE_HEADERS = {
  ...COMMON_HEADERS,
  'Content-Type': 'text/plain; charset=utf-8',
  'Content-Security-Policy': "sandbox; default-src 'none'",
};

/** From a page such as `/plugins/email/mailbox/<id>` to the mount path, which it does not know. */
export const MOUNT = '../../..';

const BASE = `
:root{color-scheme:light dark;font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}
p,h1,pre,dd{overflow-wrap:anywhere}
h1{font-size:1.4rem;margin:0 0 1rem}
h2{font-size:1rem;margin:1.5rem 0 .5rem}
pre{white-space:pre-wrap;border:1px solid #8884;border-radius:6px;padding:1rem;margin:0}
iframe{box-sizing:border-box;width:100%;border:1px solid #8884;border-radius:6px}
:focus-visible{outline:2px solid;outline-offset:2px}
`;

type Part = ReturnType<typeof html>;

/** Documents that share a style; `policy` says what they may do besides showing themselves. */
export function documents(style: string, policy: string) {
  const sheet = `${BASE}${style}`;
  const hash = createHash('sha256').update(sheet).digest('base64');
  return {
    headers: {
      ...COMMON_HEADERS,
      'Content-Type': HTML,
      'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; ${policy}`,
    },
    page: (title: string, body: Part): string =>
      String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${raw(sheet)}</style>
</head>
<body>
${body}
</body>
</html>
`),
  };
}

const BARE = documents(
  'body{margin:0 auto;max-width:60rem;padding:1.5rem}dl>div{display:flex;gap:1rem}iframe{height:32rem;background:#fff}',
  "frame-src 'self'; form-action 'none'; frame-ancestors 'self'",
);

export type ShowPage = (c: RouteContext, page: FramedPage) => Response | Promise<Response>;

/** Pages for administrators are in the frame of the dashboard; on a site without one they are documents of their own. */
export const showIn =
  (needs: { frame: PageFrame | undefined }): ShowPage =>
  (c, page) =>
    needs.frame?.answer(c, page) ??
    c.body(BARE.page(page.title, html`<main><h1>${page.title}</h1>${raw(page.body)}</main>`), 200, BARE.headers);
