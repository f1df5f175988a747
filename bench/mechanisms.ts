// The mechanisms of the hot path, each with the edits that switch it off.
export type Engine = 'SQLite' | 'MariaDB';

export interface Edit {
  /** Below core/src, without its ending. */
  file: string;
  /** Stands there once, the same with and without its types. */
  from: string;
  to: string;
}

export interface Mechanism {
  name: string;
  engines: readonly Engine[];
  without: readonly Edit[];
}

const both = ['SQLite', 'MariaDB'] as const;
const server = ['MariaDB'] as const;
const NO_CURSORS =
  '{ heads: (types) => ({ heads: new Map(), unknown: types }), isEmpty: () => false, found() {}, rewind() {}, start: () => null, ended() {} }';

export const MECHANISMS: readonly Mechanism[] = [
  {
    name: 'prefetch: jobs claimed beyond the free slots',
    engines: both,
    without: [{ file: 'queue/worker', from: 'most: writes.mostPrefetched,', to: 'most: 0,' }],
  },
  {
    name: 'claim on insert: a job that would be next is stored as claimed',
    engines: both,
    without: [{ file: 'store/write-queue', from: 'adds.map(opOf), how, plan)', to: 'adds.map(opOf), how, null)' }],
  },
  {
    name: 'event codec: a short line per event',
    engines: both,
    without: [
      {
        file: 'store/event-codec',
        from: 'events: encodeEvents(events)',
        to: 'events: JSON.stringify(events)',
      },
      {
        file: 'store/event-codec',
        from: 'decodeEvents(row.events);',
        to: 'JSON.parse(row.events);',
      },
    ],
  },
  {
    name: 'claim cursor: claims go on behind the last claimed row',
    engines: server,
    without: [{ file: 'store/mysql/statements', from: 'new ClaimCursors()', to: NO_CURSORS }],
  },
  {
    name: 'CASE settlement: one statement for many outcomes',
    engines: server,
    without: [
      { file: 'store/mysql/statements', from: 'if (tx.careful || rows.length === 1)', to: 'if (rows.length > 0)' },
    ],
  },
  {
    name: 'streams: additions, outcomes and claims at the same time',
    engines: server,
    without: [
      { file: 'store/write-queue', from: 'if (this.#needs.ledger.dialect.ordered)', to: 'if (true)' },
      {
        file: 'store/write-queue',
        from: '(this.#needs.ledger.dialect.ordered && this.#inProgress.size > 0)',
        to: 'this.#inProgress.size > 0',
      },
    ],
  },
  {
    name: 'sharded counts: each stream and process counts in its own rows',
    engines: server,
    without: [{ file: 'store/ledger', from: 'this.dialect.ordered ? 0 : this.#shard + stream', to: '0' }],
  },
  {
    name: 'the commit in one round trip with the last insert',
    engines: server,
    without: [
      { file: 'store/write-queue', from: 'changes.commitProbe = commitProbe', to: 'changes.commitProbe = null' },
    ],
  },
  {
    name: 'statements without a result travel with the next one',
    engines: server,
    without: [
      {
        file: 'store/mysql/session',
        from: 'this.#length += queued.text.length;',
        to: 'this.#length += queued.text.length; await this.#flush();',
      },
    ],
  },
  {
    name: 'values written as text by ourselves',
    engines: server,
    without: [{ file: 'store/mysql/text', from: 'if (parts.length !== values.length + 1)', to: 'if (true)' }],
  },
];

/** The text with its edits made, each of which must fit once. */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = text;
  for (const { file, from, to } of edits) {
    const parts = result.split(from);
    if (parts.length !== 2) throw new Error(`${file} has "${from}" ${parts.length - 1} times, expected once`);
    result = parts.join(to);
  }
  return result;
}
