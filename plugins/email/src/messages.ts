// The newest mails of the local mailbox, stored in the plugin's table.
import { randomUUID } from 'node:crypto';
import type { PluginClock } from '@phraseworks/sdk';
import type { Database, MessageRow } from './tables.ts';

const TABLE = 'pwj_email_messages';
const HEAD = ['id', 'message_id', 'sender', 'recipient', 'subject', 'size', 'at'] as const;

/** Our Message-IDs begin with the job's id, a UUID of version 7; others use version 4. */
const JOB = /^<?([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f-]{17})(?:[.@]|$)/;

/** The job of a Message-ID, or of one of the mails of a job, which numbers them; null for a mail without a job. */
export const jobIn = (id: string): string | null => JOB.exec(id)?.[1] ?? null;

/** Without its source. */
export type MessageHead = Pick<MessageRow, (typeof HEAD)[number]>;
export type NewMessage = Omit<MessageRow, 'id' | 'at' | 'size' | 'raw'> & { source: Buffer };
export type StoredMessage = MessageHead & { source: Buffer };

export type Messages = ReturnType<typeof createMessages>;

export function createMessages(db: Database, clock: PluginClock, keep: number, newId: () => string = randomUUID) {
  async function prune(): Promise<void> {
    const old = await db
      .selectFrom(TABLE)
      .select('id')
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(100)
      .offset(keep)
      .execute();
    const ids = old.map((row) => row.id);
    if (ids.length > 0) await db.deleteFrom(TABLE).where('id', 'in', ids).execute();
  }

  return {
    /** Returns the id; deletes all but the newest `keep`. */
    async add({ source, ...head }: NewMessage): Promise<string> {
      const id = newId();
      const row = {
        id,
        message_id: head.message_id.slice(0, 400),
        sender: head.sender.slice(0, 254),
        recipient: head.recipient.slice(0, 254),
        subject: head.subject.slice(0, 250),
        size: source.length,
        raw: source.toString('latin1'),
        at: clock.now(),
      };
      await db.insertInto(TABLE).values(row).execute();
      await prune();
      return id;
    },

    async find(id: string): Promise<StoredMessage | null> {
      const row = await db.selectFrom(TABLE).selectAll().where('id', '=', id).executeTakeFirst();
      if (!row) return null;
      const { raw, ...head } = row;
      return { ...head, at: Number(head.at), source: Buffer.from(raw, 'latin1') };
    },

    has: async (id: string) =>
      (await db.selectFrom(TABLE).select('id').where('id', '=', id).executeTakeFirst()) !== undefined,

    /** Newest first. */
    list(limit: number): Promise<MessageHead[]> {
      return db.selectFrom(TABLE).select(HEAD).orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).execute();
    },
  };
}
