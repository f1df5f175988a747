// The API for people: one page, made on the server from the table of routes; no script, nothing from elsewhere.
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import { ERRORS } from '../errors.ts';
import { braced, errorsOf, queryParameters } from './openapi.ts';
import type { Described } from './route.ts';
import { componentSchemas } from './schemas.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #8886; }
article { margin: 1.5rem 0; }
code, pre { font: 0.875rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid #8886; border-radius: 6px; }
.method { display: inline-block; min-width: 4rem; font-weight: 700; text-transform: uppercase; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid #8886; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

type Html = ReturnType<typeof html>;

const WHO: Record<string, string> = {
  view: 'those who may view',
  add: 'those who may add jobs',
  operate: 'those who may operate',
  administer: 'administrators',
};

export function referencePage(c: Context, routes: readonly Described[], base: string): Response | Promise<Response> {
  const groups = [...new Set(routes.map((route) => route.group))];
  c.header('Content-Security-Policy', POLICY);
  return c.html(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>PhraseWorks Jobs: HTTP API</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<h1>PhraseWorks Jobs: HTTP API</h1>
<p>The same for machines: <a href="${base}/api/openapi.json">openapi.json</a>. Errors are <code>application/problem+json</code>;
messages name fields and limits, never what was sent.</p>
<nav><ul>
${groups.map((group) => html`<li><a href="#${group}">${group}</a></li>`)}
<li><a href="#schemas">Schemas</a></li><li><a href="#errors">Errors</a></li>
</ul></nav>
${groups.map(
  (group) => html`<h2 id="${group}">${group}</h2>
${routes.filter((route) => route.group === group).map((route) => entry(route, base))}`,
)}
<h2 id="schemas">Schemas</h2>
${Object.entries(componentSchemas()).map(
  ([name, schema]) => html`<h3 id="schema-${name}">${name}</h3>
<pre>${JSON.stringify(schema, null, 2)}</pre>`,
)}
<h2 id="errors">Errors</h2>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>
${Object.entries(ERRORS).map(
  ([code, { status, title }]) =>
    html`<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td></tr>`,
)}
</tbody></table>
</body>
</html>`);
}

function entry(route: Described, base: string): Html {
  const { answer, body } = route;
  return html`<article id="${route.id}">
<h3><code><span class="method">${route.method}</span> ${base}${braced(route.path)}</code></h3>
<p>${route.summary} For ${route.action === null ? 'everybody' : WHO[route.action]}.</p>
<ul>
${queryParameters(route.query).map(({ name, description }) => html`<li><code>?${name}=</code> ${description ?? ''}</li>`)}
${body ? html`<li>Body${body.optional ? ', if any' : ''}: ${link(body.name)}</li>` : ''}
${route.files ? html`<li>Or <code>multipart/form-data</code>: the part <code>job</code>, and files named by their place in it, such as <code>data.file</code>.</li>` : ''}
<li>Answers ${answer.status}: ${answer.schema ? link(answer.schema) : answer.about}</li>
<li>Errors: ${errorsOf(route).map((code) => html`<a href="#${code}"><code>${code}</code></a> `)}</li>
</ul>
</article>`;
}

const link = (name: string): Html => html`<a href="#schema-${name}"><code>${name}</code></a>`;
