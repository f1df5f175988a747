// One mail as a page; its HTML is in a sandboxed frame.
import { html } from 'hono/html';
import type { Email } from 'postal-mime';
import { documents, MOUNT, WITH_FRAMES } from './document.ts';
import { jobOf, type StoredMessage } from './messages.ts';

const STYLE = `
body{margin:0 auto;max-width:60rem;padding:1.5rem}
nav{display:flex;gap:1rem;margin:0 0 1rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:0}
dt{opacity:.7}dd{margin:0}
iframe{height:32rem;background:#fff}
`;
const { headers, page } = documents(STYLE, WITH_FRAMES);
export const PAGE_HEADERS = headers;

export function messagePage(message: StoredMessage, mail: Email, at: string): string {
  const base = encodeURIComponent(message.id);
  const subject = message.subject || '(no subject)';
  const fields: [string, string][] = [
    ['From', mail.from?.name ? `${mail.from.name} <${mail.from.address}>` : (mail.from?.address ?? message.sender)],
    ['To', message.recipient],
    ['Received', at],
    ['Message-ID', message.message_id],
    ['Size', `${message.size} bytes`],
    ...mail.attachments.map(({ filename, mimeType }): [string, string] => [
      'Attachment',
      `${filename ?? 'unnamed'} (${mimeType})`,
    ]),
  ];
  const headers = mail.headers.map(({ originalKey, value }): [string, string] => [originalKey, value]);
  const list = (pairs: [string, string][]) =>
    html`<dl>${pairs.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
  const job = jobOf(message);
  const link = job === null ? '' : html` <a href="${MOUNT}/job/${job}">Job</a>`;
  const frame = html`<h2>HTML</h2>
<iframe sandbox src="${base}/html" title="The mail as HTML"></iframe>`;
  return page(
    subject,
    html`<nav><a href="${MOUNT}/panels/email/mailbox">Mailbox</a>${link}</nav>
<main>
<h1>${subject}</h1>
${list(fields)}
${mail.html === undefined ? '' : frame}
<h2>Text</h2>
<pre>${mail.text ?? ''}</pre>
<details><summary>All headers</summary>${list(headers)}</details>
<p><a href="${base}/raw">Source</a></p>
</main>`,
  );
}
