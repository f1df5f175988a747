// The dashboard pages: mailbox, deliveries, templates and suppression list.
import { type Block, block, type Cell, type Panel, type PluginClock } from '@phraseworks/sdk';
import { jobIn, type Messages } from './messages.ts';
import type { Previews } from './preview.ts';
import type { SmtpServer } from './smtp-server.ts';
import type { Suppressions } from './suppressions.ts';
import type { Tracking } from './tracking.ts';

const SHOWN = 50;
const DAY = 86_400_000;

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
      const rows = list.map((mail): Cell[] => [
        clock.iso(mail.at),
        mail.recipient,
        // A template may have put confidential variables into it.
        { text: mail.subject || '(no subject)', href: `/plugins/email/mailbox/${mail.id}`, confidential: true },
        mail.sender,
        mail.size,
        jobIn(mail.message_id),
      ]);
      const intro = server
        ? `Test mailbox: mail is captured here and not delivered. SMTP address: smtp://${server.host}:${server.port}.`
        : 'Mails are sent through the configured transport; this mailbox is not in use.';
      return [
        block.text(intro),
        block.table(['Received', 'To', 'Subject', 'From', 'Bytes', 'Job'], rows),
        testBlock(server),
      ];
    },
  };
}

/** A real transport delivers the mail, so it needs an address. */
const testBlock = (server: SmtpServer | null): Block =>
  server ? block.action('Send a test mail', '/test') : block.form('Send', '/test', RECIPIENT);

export function deliveriesPanel(
  tracking: Tracking,
  clock: PluginClock,
  openMailbox: () => Promise<SmtpServer | null>,
): Panel {
  return {
    id: 'deliveries',
    title: 'Deliveries',
    data: async (): Promise<Block[]> => {
      const now = clock.now();
      const counts = await tracking.count(now - DAY, now + 1);
      const sum = (...states: string[]) =>
        counts.filter(({ state }) => states.includes(state)).reduce((all, { count }) => all + count, 0);
      const { rows } = await tracking.list({ limit: SHOWN });
      return [
        block.stat('Accepted in 24 hours', sum('accepted')),
        block.stat('Rejected or bounced', sum('refused', 'bounced')),
        block.stat('Waiting', sum('queued', 'sending', 'deferred')),
        block.stat('Suppressed', sum('suppressed')),
        testBlock(await openMailbox()),
        block.table(
          ['When', 'To', 'State', 'Server response', 'Attempts', 'Job'],
          rows.map(({ at, recipient, state, response, attempts, job_id }) => [
            clock.iso(at),
            recipient,
            state,
            response,
            attempts,
            jobIn(job_id),
          ]),
        ),
      ];
    },
  };
}

export function templatesPanel(previews: Previews): Panel {
  return {
    id: 'templates',
    title: 'Mail templates',
    data: async (): Promise<Block[]> => {
      const rows = (await previews.list()).map(({ name, subject, layout, mistakes }): Cell[] => [
        { text: name, href: `/plugins/email/preview/${name}` },
        subject,
        layout,
        { text: 'HTML', href: `/plugins/email/preview/${name}/html` },
        { text: 'Text', href: `/plugins/email/preview/${name}/text` },
        mistakes.join('; ') || null,
      ]);
      return [block.table(['Template', 'Subject', 'Layout', '', '', 'Errors'], rows)];
    },
  };
}

const RECIPIENT = {
  type: 'object',
  required: ['to'],
  properties: { to: { title: 'Send a test mail to', type: 'string', format: 'email', maxLength: 254 } },
};

const ADDED = {
  type: 'object',
  required: ['address'],
  properties: {
    address: { type: 'string', format: 'email', maxLength: 254 },
    note: { type: 'string', maxLength: 200, description: 'Reason, for the next person who looks.' },
  },
};

export function suppressionPanel(suppressions: Suppressions, clock: PluginClock): Panel {
  return {
    id: 'suppressed',
    title: 'Suppressed addresses',
    data: async (): Promise<Block[]> => {
      const { rows } = await suppressions.list({ limit: SHOWN });
      return [
        block.text(
          'Bulk mail is never sent to these addresses. Transactional mail, such as a new password, is blocked only for bounced or manually added ones.',
        ),
        block.table(
          ['Since', 'Address', 'Reason', 'Note', ''],
          rows.map(({ at, address, reason, note }) => {
            const post = `/suppressions/${encodeURIComponent(address)}/remove?reason=${reason}`;
            const confirm = `Remove ${address} (${reason})? It will be sent mail again.`;
            return [clock.iso(at), address, reason, note, { label: 'Remove', post, confirm }];
          }),
        ),
        block.form('Suppress address', '/suppressions', ADDED),
      ];
    },
  };
}
