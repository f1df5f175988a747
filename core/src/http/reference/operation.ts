// One operation of the API for people: what it takes, what it answers, how to send it.
import { html } from 'hono/html';
import { ERRORS } from '../../errors.ts';
import type { TypeInfo } from '../../host.ts';
import { braced, errorsOf, queryParameters } from '../openapi.ts';
import type { Described } from '../route.ts';
import { curlOf } from './curl.ts';
import { exampleOf } from './example.ts';
import { typeOf } from './schema-rows.ts';
import { type Html, pieces, shapeTables } from './schema-tables.ts';

const WHO: Record<string, string> = {
  view: 'those who may view',
  add: 'those who may add jobs',
  operate: 'those who may operate',
  administer: 'administrators',
};

export interface About {
  /** Scheme and host as the reader wrote them. */
  origin: string;
  base: string;
  types: readonly TypeInfo[];
  schemas: Record<string, object>;
}

interface Field {
  name: string;
  in: 'path' | 'query';
  type: string | Html;
  about: string;
}

function fieldsOf({ path, query }: Described): Field[] {
  const inPath = [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name = '']): Field => {
    return { name, in: 'path', type: 'string', about: 'Required.' };
  });
  const inQuery = queryParameters(query).map(({ name, description = '', schema }): Field => {
    return { name, in: 'query', type: pieces(typeOf(schema as Record<string, unknown>)), about: description };
  });
  return [...inPath, ...inQuery];
}

export function operation(route: Described, about: About): Html {
  const { id, method, path, summary, action, body, files, answer } = route;
  const { origin, base, types, schemas } = about;
  const fields = fieldsOf(route);
  const example = body ? (exampleOf(body.name, types) ?? {}) : undefined;
  const text = example === undefined ? '' : JSON.stringify(example, null, 2);
  const address = `${base}${braced(path)}`;
  const tried = JSON.stringify({
    method,
    path: address,
    fields: fields.map(({ name, in: place }) => ({ name, in: place })),
    body: body ? text : null,
    optional: body?.optional === true,
    files: files === true,
  });
  return html`<article data-operation="${answer.status === 101 ? '' : tried}"><details>
<summary id="${id}"><code><span class="method ${method}">${method}</span> ${address}</code>
<span class="about">${summary}</span></summary>
<div class="inside">
<p><small>For ${action === null ? 'everybody' : WHO[action]}.</small></p>
${
  fields.length === 0
    ? ''
    : html`<h4>Parameters</h4>
<table><thead><tr><th>Name</th><th>Type</th><th>Meaning</th></tr></thead><tbody>
${fields.map(
  (field) =>
    html`<tr><td><code>${field.name}</code> <small>${field.in}</small></td><td>${field.type}</td><td>${field.about}</td></tr>`,
)}
</tbody></table>`
}
${
  body
    ? html`<h4>Body${body.optional ? ', if any' : ''}: <a href="#schema-${body.name}">${body.name}</a></h4>
${shapeTables(schemas[body.name] ?? {}, schemas)}
<h4>Example</h4>
<pre>${text}</pre>`
    : ''
}
${
  files
    ? html`<p>Or <code>multipart/form-data</code>: the part <code>job</code> is the job as JSON, and files are named by their place in it, such as <code>data.file</code>.</p>`
    : ''
}
<h4>Answer</h4>
<p><b>${answer.status}</b> ${answer.about} ${answer.schema ? html`<a href="#schema-${answer.schema}">${answer.schema}</a>` : (answer.type ?? '')}</p>
<h4>Errors</h4>
<p>${errorsOf(route).map((code) => html`<a href="#${code}" title="${ERRORS[code].title}"><code>${ERRORS[code].status} ${code}</code></a> `)}</p>
<h4>On the command line</h4>
<pre class="curl">${curlOf(route, origin, base, example)}</pre>
</div>
</details></article>`;
}
