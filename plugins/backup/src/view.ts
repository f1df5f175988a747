// What the pages of this plugin's jobs show: is the backup proven, what is in it, and where a copy was restored to.
import { type Block, type Cell, formatDuration, type Job } from '@phraseworks/sdk';
import type { BackupResult, CheckResult } from './data.ts';
import { readableBytes } from './space.ts';
import type { Tools } from './tools.ts';

type Proof = Pick<BackupResult, 'verified' | 'reason' | 'rows' | 'files'>;

const counted = (n: number, one: string): string => `${n.toLocaleString('en')} ${n === 1 ? one : `${one}s`}`;

function proofOf({ verified, reason, rows, files }: Proof): Block {
  return verified
    ? {
        type: 'text',
        tone: 'good',
        text: `Verified: restored into a copy and compared, ${counted(rows, 'row')} and ${counted(files, 'file')}.`,
      }
    : { type: 'text', tone: 'bad', text: `Not verified: ${reason ?? 'the reason is not known'}.` };
}

const figuresOf = ({ rows, files, durationMs }: Proof & { durationMs: number }): Block[] => [
  { type: 'stat', label: 'rows', value: rows },
  { type: 'stat', label: 'files', value: files },
  { type: 'stat', label: 'took', value: formatDuration(durationMs) },
];

/** A list is introduced by a line, and not there when it is empty. */
const listOf = (title: string, items: readonly string[]): Block[] =>
  items.length === 0
    ? []
    : [
        { type: 'text', text: title },
        { type: 'list', items: [...items] },
      ];

/** Where its archive still is, it can be fetched and proven once more. */
async function archiveOf(plugin: string, id: string, file: string, { runs, target }: Tools): Promise<Block[]> {
  const row = await runs.find(id);
  const there = row?.target === target.name && (row.state === 'verified' || row.state === 'unverified');
  if (!there || row.removed_at > 0)
    return [{ type: 'text', tone: 'warn', text: `The archive ${file} is not there any more.` }];
  return [
    { type: 'link', text: `Download ${file}`, href: `/plugins/${plugin}/backups/${id}/download` },
    { type: 'action', label: 'Restore into a copy and compare', post: `/backups/${id}/verify` },
  ];
}

/** `plugin`: the name under which its routes stand. */
export const backupView =
  (plugin: string, tools: Tools) =>
  async ({ result }: Job<'backup'>): Promise<Block[]> => {
    if (result === null) return [];
    const { id, file, bytes, sha256, target, deleted, leftOut } = result;
    return [
      proofOf(result),
      { type: 'stat', label: 'size', value: readableBytes(bytes) },
      ...figuresOf(result),
      ...(await archiveOf(plugin, id, file, tools)),
      {
        type: 'table',
        columns: ['archive', 'in', 'sha-256'],
        rows: [[file, target, sha256]],
      },
      ...listOf('Left out, with the reason:', leftOut),
      ...listOf('Older backups that were removed:', deleted),
    ];
  };

export const checkView =
  (plugin: string, tools: Tools) =>
  async ({ result }: { result: CheckResult | null }): Promise<Block[]> =>
    result === null
      ? []
      : [proofOf(result), ...figuresOf(result), ...(await archiveOf(plugin, result.id, result.file, tools))];

export function restoreView({ result }: Job<'backup_restore'>): Block[] {
  if (result === null) return [];
  return [
    { type: 'text', tone: 'good', text: `${result.file} was restored beside what is in use: nothing was replaced.` },
    { type: 'stat', label: 'took', value: formatDuration(result.durationMs) },
    {
      type: 'table',
      columns: ['part', 'restored to', 'rows', 'files'],
      rows: result.restored.map(({ part, to, rows, files }): Cell[] => [part, to, rows ?? null, files ?? null]),
    },
  ];
}
