// What the pages of this plugin's jobs show: how far the backup can be trusted, what is in it, and where a copy was restored to.
import { type Block, type Cell, formatDuration, type Job, readableBytes } from '@phraseworks/sdk';
import type { CheckResult, Trust } from './data.ts';
import { wordsOf } from './manifest.ts';
import { isStored, trustOf } from './state.ts';
import type { Tools } from './tools.ts';

export const counted = (n: number, one: string): string => `${n.toLocaleString('en')} ${n === 1 ? one : `${one}s`}`;

/** The head of a page: the state, whether it was restored, what it contains and what is missing. */
function trustBlocks(trust: Trust): Block[] {
  const { state, reason, restoreTested, notRestored, contains, missing, missingCount, notes } = trust;
  const about =
    state === 'verified'
      ? 'Verified: the archive was read again and is complete.'
      : `${state === 'incomplete' ? 'Incomplete' : 'Not verified'}: ${reason ?? 'the reason is not known'}.`;
  const restored =
    restoreTested === null
      ? `Never restored: ${notRestored ?? 'the reason is not known'}.`
      : 'Its databases were restored and compared.';
  const rows: Cell[][] = [
    ...contains.databases.map(({ name, engine, tables, rows, bytes }): Cell[] => [
      ...[name, engine, `${counted(tables, 'table')}, ${counted(rows, 'row')}`, readableBytes(bytes)],
    ]),
    ...contains.folders.map(({ name, files, bytes }): Cell[] => [
      ...[name, 'folder', counted(files, 'file'), readableBytes(bytes)],
    ]),
  ];
  return [
    { type: 'text', tone: state === 'verified' ? 'good' : 'bad', text: about },
    { type: 'text', tone: restoreTested === null ? 'warn' : 'good', text: restored },
    ...(restoreTested === null ? [] : [{ type: 'stat', label: 'restore tested', value: restoreTested } as const]),
    { type: 'table', columns: ['part', 'kind', 'contents', 'size'], rows },
    ...listOf(`Not in the archive (${missingCount}), with the reason:`, missing.map(wordsOf)),
    ...listOf('In the archive, with a caveat:', notes),
  ];
}

const figuresOf = ({ rows, files, durationMs }: { rows: number; files: number; durationMs: number }): Block[] => [
  { type: 'stat', label: 'rows', value: rows },
  { type: 'stat', label: 'files', value: files },
  { type: 'stat', label: 'took', value: formatDuration(durationMs) },
];

/** A list with a title; nothing if it is empty. */
const listOf = (title: string, items: readonly string[]): Block[] =>
  items.length === 0
    ? []
    : [
        { type: 'text', text: title },
        { type: 'list', items: [...items] },
      ];

/** Links to download and verify the archive, if it still exists. */
async function archiveOf(plugin: string, id: string, file: string, { runs, target }: Tools): Promise<Block[]> {
  const row = await runs.find(id);
  const there = row?.target === target.name && isStored(row);
  if (!there || row.removed_at > 0)
    return [{ type: 'text', tone: 'warn', text: `The archive ${file} no longer exists.` }];
  return [
    { type: 'link', text: `Download ${file}`, href: `/plugins/${plugin}/backups/${id}/download` },
    { type: 'action', label: 'Restore into a copy and compare', post: `/backups/${id}/verify` },
  ];
}

/** `plugin`: the name under which its routes are mounted. */
export const backupView =
  (plugin: string, tools: Tools) =>
  async ({ id: jobId, result }: Job<'backup'>): Promise<Block[]> => {
    if (result === null) {
      // A failed job has no result, but its archive may have been kept.
      const row = await tools.runs.ofJob(jobId);
      if (!row || !isStored(row)) return [];
      return [...trustBlocks(trustOf(row, tools.clock)), ...(await archiveOf(plugin, row.id, row.file, tools))];
    }
    const { id, file, bytes, sha256, target, deleted } = result;
    return [
      ...trustBlocks(result),
      { type: 'stat', label: 'size', value: readableBytes(bytes) },
      ...figuresOf(result),
      ...(await archiveOf(plugin, id, file, tools)),
      {
        type: 'table',
        columns: ['archive', 'target', 'SHA-256'],
        rows: [[file, target, sha256]],
      },
      ...listOf('Older backups that were removed:', deleted),
    ];
  };

export const checkView =
  (plugin: string, tools: Tools) =>
  async ({ result }: { result: CheckResult | null }): Promise<Block[]> =>
    result === null
      ? []
      : [...trustBlocks(result), ...figuresOf(result), ...(await archiveOf(plugin, result.id, result.file, tools))];

export function restoreView({ result }: Job<'backup_restore'>): Block[] {
  if (result === null) return [];
  return [
    { type: 'text', tone: 'good', text: `${result.file} was restored beside the live data: nothing was replaced.` },
    {
      type: 'text',
      text: 'To use a copy of a database, stop the site, point its setting (database, or that of the CMS) at the copy, and start the site. Folders can be put in place of the originals.',
    },
    { type: 'stat', label: 'took', value: formatDuration(result.durationMs) },
    {
      type: 'table',
      columns: ['part', 'restored to', 'rows', 'files'],
      rows: result.restored.map(({ part, to, rows, files }): Cell[] => [part, to, rows ?? null, files ?? null]),
    },
  ];
}
