// The job view: the mail, and the outcome of each recipient.
import { type Block, block, type Job, type PluginClock } from '@phraseworks/sdk';
import { parse } from './mailbox-routes.ts';
import type { Messages } from './messages.ts';
import type { DeliveryState } from './outcome.ts';
import type { DeliveryRow } from './tables.ts';
import type { Tracking } from './tracking.ts';

const SHOWN = 100;

const NOTES: Partial<Record<DeliveryState, { tone: 'warn' | 'bad'; words: string }>> = {
  bounced: { tone: 'bad', words: 'bounced' },
  refused: { tone: 'bad', words: 'rejected' },
  deferred: { tone: 'warn', words: 'deferred by the server' },
  suppressed: { tone: 'warn', words: 'not sent: suppressed' },
};

export const mailView =
  (tracking: Tracking, messages: Pick<Messages, 'find'>, clock: PluginClock) =>
  async (job: Job<'email'>): Promise<Block[]> => {
    const { rows, next } = await tracking.list({ jobId: job.id, limit: SHOWN });
    const mailbox = job.result?.mailbox;
    const open = mailbox === undefined ? [] : await mailIn(mailbox, messages);
    if (rows.length === 0) return open;
    const accepted = rows.filter(({ state }) => state === 'accepted').length;
    const count = `${rows.length}${next === null ? '' : ' or more'}`;
    return [
      accepted === rows.length
        ? block.text('Delivered to the mail server.', 'good')
        : block.text(`Delivered to the mail server for ${accepted} of ${count}.`),
      ...notesOf(rows),
      ...open,
      block.table(
        ['To', 'State', 'Server response', 'Attempts', 'When'],
        rows.map((row) => [row.recipient, row.state, row.response || null, row.attempts, clock.iso(row.at)]),
      ),
    ];
  };

/** A text is shown as text, HTML in a frame of its own. */
async function mailIn(mailbox: string, messages: Pick<Messages, 'find'>): Promise<Block[]> {
  const message = await messages.find(mailbox.slice(mailbox.lastIndexOf('/') + 1));
  if (!message) return [block.text('The mail is no longer in the mailbox, which keeps the newest ones only.')];
  const { html, text = '' } = await parse(message);
  return [
    html === undefined
      ? block.text(`${text.trimEnd()}\n`)
      : { type: 'frame', title: 'The mail', src: `${mailbox}/html` },
    block.link('Headers, text and source', mailbox),
  ];
}

function notesOf(rows: readonly DeliveryRow[]): Block[] {
  return Object.entries(NOTES).flatMap(([state, { tone, words }]): Block[] => {
    const some = rows.filter((row) => row.state === state);
    return some.length === 0 ? [] : [block.text(`${some.length} ${words}.`, tone)];
  });
}
