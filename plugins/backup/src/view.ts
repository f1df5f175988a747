// What the pages of this plugin's jobs show: how far the backup can be trusted, what is in it, and where a copy was restored to.
import { type Block, block, type Cell, formatDuration, type Job, readableBytes } from '@phraseworks/sdk';
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
    ...contains.databases.map(({ name, engine, tables, rows, bytes }) => {
      const holds = `${counted(tables, 'table')}, ${counted(rows, 'row')}`;
      return [name, engine, holds, readableBytes(bytes)];
    }),
    ...contains.folders.map(({ name, files, bytes }) => [name, 'folder', counted(files, 'file'), readableBytes(bytes)]),
  ];
  return [
    block.text(about, state === 'verified' ? 'good' : 'bad'),
    block.text(restored, restoreTested === null ? 'warn' : 'good'),
    ...(restoreTested === null ? [] : [block.stat('restore tested', restoreTested)]),
    block.table(['part', 'kind', 'contents', 'size'], rows),
    ...listOf(`Not in the archive (${missingCount}), with the reason:`, missing.map(wordsOf)),
    ...listOf('In the archive, with a caveat:', notes),
  ];
}

const figuresOf = ({ rows, files, durationMs }: { rows: number; files: number; durationMs: number }): Block[] => [
  block.stat('rows', rows),
  block.stat('files', files),
  block.stat('took', formatDuration(durationMs)),
];

/** A list with a title; nothing if it is empty. */
const listOf = (title: string, items: readonly string[]): Block[] =>
  items.length === 0 ? [] : [block.text(title), { type: 'list', items: [...items] }];

/** Links to download and verify the archive, if it still exists. */
async function archiveOf(plugin: string, id: string, file: string, { runs, target }: Tools): Promise<Block[]> {
  const row = await runs.find(id);
  const there = row?.target === target.name && isStored(row);
  if (!there || row.removed_at > 0) return [block.text(`The archive ${file} no longer exists.`, 'warn')];
  return [
    block.link(`Download ${file}`, `/plugins/${plugin}/backups/${id}/download`),
    block.action('Restore into a copy and compare', `/backups/${id}/verify`),
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
      block.stat('size', readableBytes(bytes)),
      ...figuresOf(result),
      ...(await archiveOf(plugin, id, file, tools)),
      block.table(['archive', 'target', 'SHA-256'], [[file, target, sha256]]),
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
    block.text(`${result.file} was restored beside the live data: nothing was replaced.`, 'good'),
    block.text(
      'To use a copy of a database, stop the site, point its setting (database, or that of the CMS) at the copy, and start the site. Folders can be put in place of the originals.',
    ),
    block.stat('took', formatDuration(result.durationMs)),
    block.table(
      ['part', 'restored to', 'rows', 'files'],
      result.restored.map(({ part, to, rows, files }) => [part, to, rows ?? null, files ?? null]),
    ),
  ];
}
