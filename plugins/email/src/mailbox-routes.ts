// The administrator's routes of the local mailbox, and a test mail.
import { escapeMarkup, JobsError, type PluginContext } from '@phraseworks/sdk';
import type { Email } from 'postal-mime';
import { isAddress, NOT_AN_ADDRESS } from './address.ts';
import { jsonOf } from './body.ts';
import { BODY_HEADERS, type ShowPage, SOURCE_HEADERS } from './document.ts';
import type { Messages, StoredMessage } from './messages.ts';
import { messagePage } from './page.ts';
import type { SmtpServer } from './smtp-server.ts';

const PICTURE = /^image\/(?:png|jpeg|gif|webp)$/;
const SOURCE = /\bsrc=(["'])cid:([^"']+)\1/gi;

const bytesOf = (content: ArrayBuffer | Uint8Array | string): Buffer =>
  typeof content === 'string' ? Buffer.from(content) : Buffer.from(new Uint8Array(content));

/** The HTML part with `cid:` images as data URLs; undefined without HTML. */
export function htmlWithPictures({ html: body, attachments }: Pick<Email, 'html' | 'attachments'>): string | undefined {
  const pictures = new Map(
    attachments.flatMap(({ contentId, mimeType, content }) =>
      contentId && PICTURE.test(mimeType) ? [[contentId.replace(/^<|>$/g, ''), { mimeType, content }]] : [],
    ),
  );
  return body?.replace(SOURCE, (whole, quote: string, cid: string) => {
    const picture = pictures.get(cid);
    if (!picture) return whole;
    return `src=${quote}data:${picture.mimeType};base64,${bytesOf(picture.content).toString('base64')}${quote}`;
  });
}

const LIST = 100;

export interface MailboxParts {
  messages: Messages;
  /** Starts the local mailbox; null when another transport is configured. */
  openMailbox: () => Promise<SmtpServer | null>;
  show: ShowPage;
}

export async function parse(message: Pick<StoredMessage, 'source'>) {
  const { default: PostalMime } = await import('postal-mime');
  return PostalMime.parse(message.source);
}

/** `{ "to": "..." }`; an empty body means a mail to a sample address, which only the local mailbox takes. */
function recipientOf(body: string, local: boolean): string {
  if (body === '' && local) return 'you@localhost';
  const { to } = jsonOf(body || '{}') as { to?: unknown };
  if (isAddress(to)) return to;
  throw new JobsError('INVALID_DATA', `to ${NOT_AN_ADDRESS}`, { errors: [{ path: 'to', message: NOT_AN_ADDRESS }] });
}

type Host = Pick<PluginContext, 'routes' | 'clock' | 'addJob'>;

export function addMailboxRoutes({ routes, clock, addJob }: Host, { messages, openMailbox, show }: MailboxParts): void {
  async function find(id: string): Promise<StoredMessage> {
    const message = await messages.find(id);
    if (message) return message;
    throw new JobsError('NOT_FOUND', 'mail not found: the mailbox keeps only the newest');
  }

  routes.get('/mailbox', async (c) => {
    const server = await openMailbox();
    const list = await messages.list(LIST);
    return c.json({
      smtp: server && `smtp://${server.host}:${server.port}`,
      messages: list.map(({ id, message_id, sender, recipient, subject, size, at }) => ({
        id,
        messageId: message_id,
        from: sender,
        to: recipient,
        subject,
        size,
        at: clock.iso(at),
      })),
    });
  });

  routes.get('/mailbox/:id', async (c) => {
    const message = await find(c.req.param('id'));
    return show(c, messagePage(message, await parse(message), clock.iso(message.at)));
  });

  routes.get('/mailbox/:id/html', async (c) => {
    const mail = await parse(await find(c.req.param('id')));
    const plain = `<pre style="white-space:pre-wrap">${escapeMarkup(mail.text ?? '')}</pre>`;
    return c.body(htmlWithPictures(mail) ?? plain, 200, BODY_HEADERS);
  });

  routes.get('/mailbox/:id/raw', async (c) => {
    const { source } = await find(c.req.param('id'));
    return c.body(new Uint8Array(source), 200, SOURCE_HEADERS);
  });

  routes.post('/test', async (c) => {
    const to = recipientOf(await c.req.text(), (await openMailbox()) !== null);
    const data = {
      to,
      subject: 'Test mail from PhraseWorks Jobs',
      html: '<h1>It works</h1><p>This mail was sent by a job of type <b>email</b>.</p>',
    };
    const job = await addJob({ type: 'email', data, priority: 'high' });
    return c.json({ jobId: job.id }, 202);
  });
}
