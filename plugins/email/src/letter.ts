// One mail to one recipient: the addresses that it shows, and the recipient's own unsubscribe link.
import type { Attachment } from './attachments.ts';
import type { EmailMessage } from './message.ts';
import type { DeliveryRow } from './tables.ts';

/** Ready to be sent. Only these fields can reach a mail library. */
export interface Letter {
  from: string;
  fromName: string | undefined;
  recipient: string;
  /** The visible recipients. */
  to: string[];
  cc: string[];
  replyTo: string | undefined;
  subject: string;
  html: string | undefined;
  text: string;
  messageId: string;
  attachments: Attachment[];
  /** The unsubscribe link. */
  unsubscribe: string | undefined;
}

/** Recipients see only their own address, unless the mail has cc or bcc; then everyone sees `to` and `cc`. */
export const isShared = ({ cc, bcc }: Pick<EmailMessage, 'cc' | 'bcc'>): boolean => cc.length > 0 || bcc.length > 0;

/** `mark` is in the HTML and the text where the link of each recipient goes. */
export function letterFor(
  message: EmailMessage,
  row: DeliveryRow,
  unsubscribe?: { mark: string; link: string },
): Letter {
  const personal = (text: string): string =>
    unsubscribe === undefined ? text : text.replaceAll(unsubscribe.mark, () => unsubscribe.link);
  const shared = isShared(message);
  return {
    from: message.from,
    fromName: message.fromName,
    recipient: row.recipient,
    to: shared ? message.to : [row.recipient],
    cc: shared ? message.cc : [],
    replyTo: message.replyTo,
    subject: message.subject,
    html: message.html === undefined ? undefined : personal(message.html),
    text: personal(message.text),
    messageId: row.message_id,
    attachments: message.attachments,
    unsubscribe: unsubscribe?.link,
  };
}

const bare = (address: string, name = '') => ({ name, address });

/** The mail in the format of nodemailer. */
export function mailOf(letter: Letter) {
  const headers: Record<string, string> = { 'Auto-Submitted': 'auto-generated' };
  if (letter.unsubscribe !== undefined) {
    headers['List-Unsubscribe'] = `<${letter.unsubscribe}>`;
    headers['List-Unsubscribe-Post'] = 'List-Unsubscribe=One-Click';
  }
  return {
    from: bare(letter.from, letter.fromName),
    to: letter.to.map((address) => bare(address)),
    ...(letter.cc.length === 0 ? {} : { cc: letter.cc.map((address) => bare(address)) }),
    ...(letter.replyTo === undefined ? {} : { replyTo: bare(letter.replyTo) }),
    envelope: { from: letter.from, to: [letter.recipient] },
    subject: letter.subject,
    text: letter.text,
    ...(letter.html === undefined ? {} : { html: letter.html }),
    messageId: letter.messageId,
    headers,
    attachments: letter.attachments.map(({ filename, content, contentType, cid }) => ({
      filename,
      content: Buffer.from(content.buffer, content.byteOffset, content.byteLength),
      contentType,
      ...(cid === undefined ? {} : { cid }),
    })),
    xMailer: false as const,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
