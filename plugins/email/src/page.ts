// One mail as a page; its HTML is in a sandboxed frame.
import { type FramedPage, readableBytes } from '@phraseworks/sdk';
import { html } from 'hono/html';
import type { Email } from 'postal-mime';
import { MOUNT } from './document.ts';
import { jobIn, type StoredMessage } from './messages.ts';

export function messagePage(message: StoredMessage, mail: Email, at: string): FramedPage {
  const base = encodeURIComponent(message.id);
  const fields: [string, string | ReturnType<typeof html>][] = [
    ['From', mail.from?.name ? `${mail.from.name} <${mail.from.address}>` : (mail.from?.address ?? message.sender)],
    ['To', message.recipient],
    ['Received', html`<time datetime="${at}" data-tick="at">${at}</time>`],
    ['Message-ID', message.message_id],
    ['Size', readableBytes(message.size)],
    ...mail.attachments.map(({ filename, mimeType }): [string, string] => [
      'Attachment',
      `${filename ?? 'unnamed'} (${mimeType})`,
    ]),
  ];
  const headers = mail.headers.map(({ originalKey, value }): [string, string] => [originalKey, value]);
  const list = (pairs: typeof fields) =>
    html`<dl class="facts">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
  const job = jobIn(message.message_id);
  const link = job === null ? '' : html`<a class="button" href="${MOUNT}/job/${job}">Job</a>`;
  const frame = html`<h2>HTML</h2>
<iframe class="frame" sandbox="allow-same-origin" src="${base}/html" height="560" title="The mail as HTML"></iframe>`;
  const body = html`<div class="buttons">${link}<a class="button" href="${base}/raw">Source</a></div>
${list(fields)}
${mail.html === undefined ? '' : frame}
<h2>Text</h2>
<pre class="code">${mail.text ?? ''}</pre>
<details><summary>All headers</summary>${list(headers)}</details>`;
  return { title: message.subject || '(no subject)', panel: 'mailbox', body: String(body) };
}
