// The API for people: one page, made on the server from the table of routes. Its script only adds forms to try the requests; without it all can be read.
import { readFileSync } from 'node:fs';
import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import { ERRORS } from '../../errors.ts';
import type { TypeInfo } from '../../host.ts';
import type { Described } from '../route.ts';
import { componentSchemas } from '../schemas.ts';
import { operation } from './operation.ts';
import { type Html, shapeTables } from './schema-tables.ts';
import { POLICY, STYLE } from './style.ts';

let script: string | undefined;

/** The script of the page. Beside src and dist alike. */
export function tryScript(c: Context): Response {
  script ??= readFileSync(new URL('../../../assets/try.js', import.meta.url), 'utf8');
  return c.body(script, 200, { 'Content-Type': 'text/javascript; charset=utf-8' });
}

interface Parts {
  routes: readonly Described[];
  types: readonly TypeInfo[];
  base: string;
}

export function referencePage(c: Context, { routes, types, base }: Parts): Response | Promise<Response> {
  const groups = [...new Set(routes.map((route) => route.group))].map((name) => ({
    name,
    own: routes.filter((route) => route.group === name),
  }));
  const schemas = componentSchemas();
  const about = { origin: new URL(c.req.url).origin, base, types, schemas };
  c.header('Content-Security-Policy', POLICY);
  return c.html(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>PhraseWorks Jobs: HTTP API</title>
<style>${raw(STYLE)}</style>
<script type="module" src="${base}/api/docs/try.js"></script>
</head>
<body>
<header>
<h1>HTTP API</h1>
<p><a href="${base === '' ? '/' : base}">PhraseWorks Jobs</a>. The same for machines: <a href="${base}/api/openapi.json">openapi.json</a>.
Errors are <code>application/problem+json</code>; messages name fields and limits, never what was sent.</p>
</header>
<nav aria-label="Operations"><ul>
${groups.map(
  ({ name, own }) => html`<li><b><a href="#${name}">${name}</a></b><ul>
${own.map(({ id }) => html`<li><a href="#${id}">${id}</a></li>`)}</ul></li>`,
)}
<li><b><a href="#schemas">Schemas</a></b></li><li><b><a href="#errors">Errors</a></b></li>
</ul></nav>
<main>
${groups.map(
  ({ name, own }) => html`<h2 id="${name}">${name}</h2>
${own.map((route) => operation(route, about))}`,
)}
<h2 id="schemas">Schemas</h2>
${Object.entries(schemas).map(([name, schema]) => schemaEntry(name, schema))}
<h2 id="errors">Errors</h2>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>
${Object.entries(ERRORS).map(
  ([code, { status, title }]) =>
    html`<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td></tr>`,
)}
</tbody></table>
</main>
</body>
</html>`);
}

const schemaEntry = (name: string, schema: object): Html => html`<details class="schema">
<summary id="schema-${name}"><code>${name}</code></summary>
<div class="inside">
${shapeTables(schema)}
<details><summary><small>as JSON Schema</small></summary><pre>${JSON.stringify(schema, null, 2)}</pre></details>
</div>
</details>`;
