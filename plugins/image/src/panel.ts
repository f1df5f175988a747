// The plugin's page for administrators: the pictures made and the bytes saved.
import { type Block, block, type Cell, type Panel, type PluginClock, readableBytes } from '@phraseworks/sdk';
import type { ImageConfig } from './config.ts';
import type { Outputs } from './outputs.ts';
import { publicAddress } from './result.ts';
import type { OutputRow } from './tables.ts';
import { BUCKET_MARK } from './target.ts';

const SHOWN = 50;
const COLUMNS = ['picture', 'size', 'bytes', 'of the source', 'made', 'job'];

const share = (row: OutputRow) => (row.source_bytes > 0 ? `${Math.round((100 * row.bytes) / row.source_bytes)} %` : '');

/** The plugin serves pictures in a folder; those in a bucket are linked by their public address, if it is known. */
function linkOf({ path }: OutputRow, plugin: string, config: Pick<ImageConfig, 'publicUrl'>): Cell {
  if (!path.startsWith(BUCKET_MARK)) return { text: `/${path}`, href: `/plugins/${plugin}/files/${path}` };
  const key = path.slice(BUCKET_MARK.length);
  return /^https?:/.test(config.publicUrl) ? { text: `/${key}`, href: publicAddress(key, config) } : `/${key}`;
}

/** `plugin`: the name under which its routes are mounted. */
export function filesPanel(
  plugin: string,
  outputs: Outputs,
  config: Pick<ImageConfig, 'publicUrl'>,
  clock: PluginClock,
): Panel {
  return {
    id: 'files',
    title: 'Pictures',
    data: async (): Promise<Block[]> => {
      const [totals, rows] = await Promise.all([outputs.totals(), outputs.newest(SHOWN)]);
      if (totals.pictures === 0) return [block.text('No picture has been made yet.')];
      return [
        block.stat('pictures', totals.pictures),
        block.stat('bytes', readableBytes(totals.bytes)),
        block.stat('saved', readableBytes(totals.saved)),
        block.table(
          COLUMNS,
          rows.map((row) => [
            linkOf(row, plugin, config),
            `${row.width}x${row.height} ${row.format}`,
            readableBytes(row.bytes),
            share(row),
            clock.iso(row.made_at),
            row.job_id,
          ]),
        ),
      ];
    },
  };
}
