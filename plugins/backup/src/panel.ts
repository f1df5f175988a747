// The plugin's page in the administration: is there a backup that can be trusted, and which ones there are.
import type { Block, Panel } from '@phraseworks/sdk';
import type { ClientCheck } from './client-check.ts';
import { readableBytes } from './space.ts';
import { isStored, readFacts } from './state.ts';
import type { RunRow } from './tables.ts';
import type { Tools } from './tools.ts';

const SHOWN = 30;
const COLUMNS = ['archive', 'what', 'state', 'restore tested', 'holds', 'size', 'made', 'verified', 'sha-256', 'why'];

function holds(row: RunRow): string {
  const { contains, missingCount } = readFacts(row);
  const names = [...contains.databases, ...contains.folders].map(({ name }) => name).join(', ');
  return missingCount === 0 ? names : `${names}; lacks ${missingCount}`;
}

/** `plugin`: the name under which its routes stand. */
export function backupsPanel(plugin: string, { runs, clock, target, config }: Tools, clients: ClientCheck): Panel {
  const line = (row: RunRow) => [
    isStored(row) ? { text: row.file, href: `/plugins/${plugin}/backups/${row.id}/download` } : row.file,
    row.type,
    row.state,
    row.restore_tested > 0 ? clock.iso(row.restore_tested) : 'never',
    holds(row),
    readableBytes(row.bytes),
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
      const there = all.filter((row) => isStored(row) && row.target === target.name);
      const proven = there.find(({ state }) => state === 'verified');
      const tested = Math.max(0, ...there.map(({ restore_tested: at }) => at));
      const newest = there[0];
      const bad: Block[] =
        newest && newest.state !== 'verified'
          ? [{ type: 'text', tone: 'bad', text: `The newest backup is ${newest.state}: ${newest.error}` }]
          : [];
      const verify = newest && {
        type: 'action' as const,
        label: 'Restore the newest into a copy and compare',
        post: `/plugins/${plugin}/backups/${newest.id}/verify`,
      };
      const lacks = (await clients.notes()).map((text): Block => ({ type: 'text', tone: 'bad', text }));
      const head: Block[] = [
        ...bad,
        ...lacks,
        { type: 'stat', label: 'last verified', value: proven ? clock.iso(proven.verified_at) : 'never' },
        { type: 'stat', label: 'last restored and compared', value: tested > 0 ? clock.iso(tested) : 'never' },
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
