// The plugin's page in the administration: is there a backup that can be trusted, and which ones there are.
import type { Block, Panel } from '@phraseworks/sdk';
import { readableBytes } from './space.ts';
import type { RunRow } from './tables.ts';
import type { Tools } from './tools.ts';

const SHOWN = 30;
const COLUMNS = ['archive', 'what', 'size', 'rows', 'state', 'made', 'verified', 'sha-256', 'why'];

const is = (row: RunRow): boolean => row.state === 'verified' || row.state === 'unverified';

/** `plugin`: the name under which its routes stand. */
export function backupsPanel(plugin: string, { runs, clock, target, config }: Tools): Panel {
  const line = (row: RunRow) => [
    is(row) ? { text: row.file, href: `/plugins/${plugin}/backups/${row.id}/download` } : row.file,
    row.type,
    readableBytes(row.bytes),
    row.rows,
    row.state,
    clock.iso(row.at),
    row.verified_at > 0 ? clock.iso(row.verified_at) : null,
    row.sha256.slice(0, 12),
    row.error || null,
  ];
  return {
    id: 'backups',
    title: 'Backups',
    data: async (): Promise<Block[]> => {
      const all = await runs.list();
      const there = all.filter((row) => is(row) && row.target === target.name);
      const proven = there.find(({ state }) => state === 'verified');
      const newest = there[0];
      const verify = newest && {
        type: 'action' as const,
        label: 'Restore the newest into a copy and compare',
        post: `/plugins/${plugin}/backups/${newest.id}/verify`,
      };
      const head: Block[] = [
        { type: 'stat', label: 'last verified', value: proven ? clock.iso(proven.verified_at) : 'never' },
        { type: 'stat', label: 'backups', value: there.length },
        { type: 'stat', label: 'in all', value: readableBytes(there.reduce((sum, { bytes }) => sum + bytes, 0)) },
        { type: 'text', text: `${target.name}${config.passphrase === undefined ? ', not encrypted' : ', encrypted'}` },
        { type: 'action', label: 'Back up now', post: `/plugins/${plugin}/backups` },
        ...(verify ? [verify] : []),
      ];
      if (all.length === 0) return [...head, { type: 'text', text: 'No backup has been made yet.' }];
      return [...head, { type: 'table', columns: COLUMNS, rows: all.slice(0, SHOWN).map(line) }];
    },
  };
}
