// The plugin's page for administrators: whether there is a backup to trust, and the list of all.
import { join } from 'node:path';
import { type Block, block, type Cell, type Panel, readableBytes } from '@phraseworks/sdk';
import type { ClientNotes } from './client-check.ts';
import { isSealed } from './keys.ts';
import { isStored, readFacts } from './state.ts';
import type { RunRow } from './tables.ts';
import type { Tools } from './tools.ts';
import { counted } from './view.ts';

const SHOWN = 25;
const COLUMNS = ['Backup', 'Made', 'State', 'Contents', 'Size', 'Verified', 'Restore tested', 'Reason', '', ''];

/** `jobs (21 tables, 1841 rows, 242 kB), uploads (3 files, 701 kB)` */
function holds(row: RunRow): string {
  const { contains } = readFacts(row);
  return [
    ...contains.databases.map(
      ({ name, tables, rows, bytes }) =>
        `${name} (${counted(tables, 'table')}, ${counted(rows, 'row')}, ${readableBytes(bytes)})`,
    ),
    ...contains.folders.map(({ name, files, bytes }) => `${name} (${counted(files, 'file')}, ${readableBytes(bytes)})`),
  ].join(', ');
}

const withMissing = (row: RunRow): string => {
  const { missingCount } = readFacts(row);
  return missingCount === 0 ? holds(row) : `${holds(row)}; lacks ${missingCount}`;
};

/** `plugin`: the name under which its routes are mounted. */
export function backupsPanel(
  plugin: string,
  { runs, clock, target, folder, config }: Tools,
  clientNotes: ClientNotes,
): Panel {
  const actionsOf = (row: RunRow): Cell[] => {
    if (!isStored(row) || row.target !== target.name) return [null, null];
    const url = `/plugins/${plugin}/backups/${row.id}`;
    return [
      { label: 'Verify', post: `${url}/verify` },
      {
        label: 'Restore a copy',
        post: `${url}/restore?name=${encodeURIComponent(row.file)}`,
        confirm: `${row.file} is restored to ${join(folder, 'restored', row.id)}, and databases of a server to new ones beside them that end in _restored_${row.id}.\nNothing in use is replaced. The page of the job says where each part is.`,
      },
    ];
  };
  const line = (row: RunRow): Cell[] => [
    isStored(row) ? { text: row.id, href: `/plugins/${plugin}/backups/${row.id}/download` } : row.id,
    clock.iso(row.at),
    row.state,
    withMissing(row) || (isStored(row) ? 'unknown: verify it' : null),
    readableBytes(row.bytes),
    row.verified_at > 0 ? clock.iso(row.verified_at) : null,
    row.restore_tested > 0 ? clock.iso(row.restore_tested) : 'never',
    row.error || null,
    ...actionsOf(row),
  ];
  return {
    id: 'backups',
    title: 'Backups',
    data: async ({ page }): Promise<Block[]> => {
      const all = await runs.list();
      const there = all.filter((row) => isStored(row) && row.target === target.name);
      const proven = there.find(({ state }) => state === 'verified');
      const tested = Math.max(0, ...there.map(({ restore_tested: at }) => at));
      const newest = there[0];
      const isBad = newest !== undefined && newest.state !== 'verified';
      const bad = isBad ? [`The newest backup is ${newest.state}: ${newest.error}`] : [];
      const head = [
        ...[...bad, ...(await clientNotes())].map((text) => block.text(text, 'bad')),
        block.stat('last verified', proven ? clock.iso(proven.verified_at) : 'never'),
        block.stat('last restored and compared', tested > 0 ? clock.iso(tested) : 'never'),
        block.stat('backups', there.length),
        block.stat('total size', readableBytes(there.reduce((sum, { bytes }) => sum + bytes, 0))),
        block.text(
          `Stored in ${target.name}, ${isSealed(config) ? 'encrypted' : 'not encrypted'}. Copies are restored to ${join(folder, 'restored')} and to new databases: nothing in use is replaced.`,
        ),
        block.action('Back up now', `/plugins/${plugin}/backups`),
      ];
      if (all.length === 0) return [...head, block.text('No backup has been made yet.')];
      const rows = all.slice((page - 1) * SHOWN, page * SHOWN).map(line);
      return [...head, block.table(COLUMNS, rows, { page, pages: Math.ceil(all.length / SHOWN) })];
    },
  };
}
