// The page "Mailbox" in the administration.
import type { Block, Cell, Panel, PluginClock } from '@phraseworks/sdk';
import type { SmtpServer } from './config.ts';
import type { Messages } from './messages.ts';

const SHOWN = 50;

export function mailboxPanel(
  messages: Messages,
  clock: PluginClock,
  openMailbox: () => Promise<SmtpServer | null>,
): Panel {
  return {
    id: 'mailbox',
    title: 'Mailbox',
    data: async (): Promise<Block[]> => {
      const server = await openMailbox();
      const list = await messages.list(SHOWN);
      const rows = list.map(({ id, at, recipient, sender, subject, size }): Cell[] => [
        clock.iso(at),
        recipient,
        { text: subject || '(no subject)', href: `/plugins/email/mailbox/${id}` },
        sender,
        size,
      ]);
      const intro = server
        ? `Mails are kept here and delivered to nobody. Any program on this machine may send to smtp://${server.host}:${server.port}.`
        : 'Mails are sent through the configured SMTP server; this mailbox is not in use.';
      return [
        { type: 'text', text: intro },
        { type: 'table', columns: ['Received', 'To', 'Subject', 'From', 'Bytes'], rows },
        ...(server ? [{ type: 'action', label: 'Send a test mail', post: '/test' } as const] : []),
      ];
    },
  };
}
