// The plugin's page in the administration: what was made, and how many bytes that saved.
import type { Block, Panel, PluginClock } from '@phraseworks/sdk';
import type { OutputRow, Outputs } from './outputs.ts';

const SHOWN = 50;
const COLUMNS = ['picture', 'size', 'bytes', 'of the source', 'made', 'job'];

/** `980 B`, `41 kB`, `3.1 MB`. */
function readableBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A result may be larger than its source: then nothing was saved. */
const saved = (sourceBytes: number, bytes: number) => Math.max(0, sourceBytes - bytes);

const share = (row: OutputRow) =>
  Number(row.source_bytes) > 0 ? `${Math.round((100 * Number(row.bytes)) / Number(row.source_bytes))} %` : '';

/** `plugin`: the name under which its routes stand. */
export function filesPanel(plugin: string, outputs: Outputs, clock: PluginClock): Panel {
  return {
    id: 'files',
    title: 'Pictures',
    data: async (): Promise<Block[]> => {
      const [totals, rows] = await Promise.all([outputs.totals(), outputs.newest(SHOWN)]);
      if (totals.files === 0) return [{ type: 'text', text: 'No picture has been made yet.' }];
      return [
        { type: 'stat', label: 'pictures', value: totals.files },
        { type: 'stat', label: 'bytes', value: readableBytes(totals.bytes) },
        { type: 'stat', label: 'saved', value: readableBytes(saved(totals.sourceBytes, totals.bytes)) },
        {
          type: 'table',
          columns: COLUMNS,
          rows: rows.map((row) => [
            { text: `/${row.path}`, href: `/plugins/${plugin}/files/${row.path}` },
            `${row.width}x${row.height} ${row.format}`,
            readableBytes(Number(row.bytes)),
            share(row),
            clock.iso(Number(row.made_at)),
            row.job_id,
          ]),
        },
      ];
    },
  };
}
