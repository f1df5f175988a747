// The plugin's page for administrators: whether there is a backup to trust, and the list of all.
import { join } from 'node:path';
import { type Block, type Panel, readableBytes } from '@phraseworks/sdk';
import type { ClientCheck } from './client-check.ts';
import { isStored, readFacts } from './state.ts';
import type { RunRow } from './tables.ts';
import type { Tools } from './tools.ts';

const SHOWN = 30;
/** How many can be verified and restored from the page; older ones only from the command line. */
const WITH_ACTIONS = 10;
const COLUMNS = [
  'archive',
  'type',
  'state',
  'restore tested',
  'contents',
  'size',
  'made',
  'verified',
  'SHA-256',
  'reason',
];

/** `jobs (21 tables, 1841 rows, 242 kB), uploads (3 files, 701 kB)` */
function holds(row: RunRow): string {
  const { contains } = readFacts(row);
  return [
    ...contains.databases.map(
      ({ name, tables, rows, bytes }) => `${name} (${tables} tables, ${rows} rows, ${readableBytes(bytes)})`,
    ),
    ...contains.folders.map(({ name, files, bytes }) => `${name} (${files} files, ${readableBytes(bytes)})`),
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
  clients: ClientCheck,
): Panel {
  const line = (row: RunRow) => [
    isStored(row) ? { text: row.file, href: `/plugins/${plugin}/backups/${row.id}/download` } : row.file,
    row.type,
    row.state,
    row.restore_tested > 0 ? clock.iso(row.restore_tested) : 'never',
    withMissing(row),
    readableBytes(row.bytes),
    clock.iso(row.at),
    row.verified_at > 0 ? clock.iso(row.verified_at) : null,
    row.sha256.slice(0, 12),
    row.error || null,
  ];
  const besideOf = ({ id }: RunRow): string => join(folder, 'restored', id);
  /** The actions for one backup, with what each would do. */
  const section = (row: RunRow): Block[] => {
    const url = `/plugins/${plugin}/backups/${row.id}`;
    const contents = holds(row) || 'unknown content: verify it first';
    const onServers = readFacts(row).contains.databases.some(({ engine }) => engine !== 'sqlite');
    const target = `${besideOf(row)}${onServers ? `, and databases of servers to new ones named ..._restored_${row.id}` : ''}`;
    return [
      { type: 'text', text: `${clock.iso(row.at)}, ${row.state}: ${contents}` },
      { type: 'link', text: `Download ${row.file}`, href: `${url}/download` },
      { type: 'action', label: 'Verify', post: `${url}/verify` },
      {
        ...{ type: 'action', label: 'Restore beside', post: `${url}/restore?name=${encodeURIComponent(row.file)}` },
        confirm: `Restores ${contents} to ${target}. Nothing that is in use is replaced.`,
      },
    ];
  };
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
      const lacks = (await clients.notes()).map((text): Block => ({ type: 'text', tone: 'bad', text }));
      const head: Block[] = [
        ...bad,
        ...lacks,
        { type: 'stat', label: 'last verified', value: proven ? clock.iso(proven.verified_at) : 'never' },
        { type: 'stat', label: 'last restored and compared', value: tested > 0 ? clock.iso(tested) : 'never' },
        { type: 'stat', label: 'backups', value: there.length },
        { type: 'stat', label: 'total size', value: readableBytes(there.reduce((sum, { bytes }) => sum + bytes, 0)) },
        { type: 'text', text: `${target.name}${config.passphrase === undefined ? ', not encrypted' : ', encrypted'}` },
        { type: 'action', label: 'Back up now', post: `/plugins/${plugin}/backups` },
      ];
      if (all.length === 0) return [...head, { type: 'text', text: 'No backup has been made yet.' }];
      return [
        ...head,
        { type: 'table', columns: COLUMNS, rows: all.slice(0, SHOWN).map(line) },
        ...there.slice(0, WITH_ACTIONS).flatMap(section),
      ];
    },
  };
}
