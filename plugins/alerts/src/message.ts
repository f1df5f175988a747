// The text of a message, for mails and webhooks.
import { oneLine } from '@phraseworks/sdk';
import { z } from 'zod';
import type { Detail, Kind } from './cause.ts';
import type { CauseRow } from './tables.ts';

const Text = z.string().max(4_000);
export const Message = z.strictObject({
  /** Unique per message, so that a receiver recognises duplicates. */
  id: Text,
  kind: z.enum(['raised', 'reminder', 'cleared', 'test']),
  rule: Text,
  /** The type or the schedule. */
  about: Text,
  subject: Text,
  text: Text,
  /** ISO 8601 in UTC. */
  since: Text,
  at: Text,
  count: z.int().min(0),
});
export type Message = z.output<typeof Message>;

/** Errors may contain anything, so cut them to one short line. */
const cutLine = (text: string, most: number): string => {
  const line = oneLine(text);
  return line.length > most ? `${line.slice(0, most - 3)}...` : line;
};

const HEADING: Record<string, string> = {
  failed: 'jobs failed',
  schedule: 'schedule did not run',
  success: 'no success',
  queue: 'no job has run',
  plugin: 'the plugin failed',
  node: 'a process is silent',
  storage: 'the database refuses writes',
};

interface About {
  site: string;
  link: string | undefined;
  iso: (ms: number) => string;
  now: number;
}

export function messageOf(row: CauseRow, kind: Kind, { site, link, iso, now }: About): Message {
  const { what, error, job } = JSON.parse(row.detail) as Detail;
  const name = row.rule === 'storage' ? '' : `${row.subject}: `;
  const heading = `${name}${HEADING[row.rule]}`;
  const begin = { raised: 'Alert', reminder: 'Still', cleared: 'All clear' }[kind];
  const lines = [
    kind === 'cleared' ? `Resolved: ${what}` : what,
    row.count > 1
      ? `${row.count} since ${iso(row.since)}, the last one at ${iso(row.seen)}.`
      : `Since ${iso(row.since)}.`,
    ...(error === undefined ? [] : [`Error: ${cutLine(error, 500)}`]),
    ...(job === undefined ? [] : [link === undefined ? `Job: ${job}` : `Job: ${link}/job/${job}`]),
  ];
  return {
    id: `${row.id}/${row.since}/${row.messages}`,
    kind,
    rule: row.rule,
    about: row.subject,
    subject: cutLine(`[${site}] ${begin}: ${heading}`, 200),
    text: lines.join('\n'),
    since: iso(row.since),
    at: iso(now),
    count: row.count,
  };
}

export const testMessage = ({ site, iso, now }: Omit<About, 'link'>): Message => ({
  id: `test/${now}`,
  kind: 'test',
  rule: 'test',
  about: 'test',
  subject: `[${site}] Test: this is what an alert looks like`,
  text: 'Sent from the page "Alerts". Nothing is wrong.',
  since: iso(now),
  at: iso(now),
  count: 0,
});
