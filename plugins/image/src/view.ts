// What the page of an image job shows: the picture before and after, with their sizes.
import { type Block, block, type Cell, type Job, readableBytes } from '@phraseworks/sdk';
import type { ImageConfig } from './config.ts';
import type { ImageFile, ImageJobData } from './data.ts';
import type { Outputs } from './outputs.ts';
import { publicAddress } from './result.ts';
import type { OutputRow } from './tables.ts';
import { BUCKET_MARK } from './target.ts';

interface ViewParts {
  /** The name under which the plugin's routes are mounted. */
  plugin: string;
  outputs: Outputs;
  config: Pick<ImageConfig, 'publicUrl'>;
}

export const imageView =
  ({ plugin, outputs, config }: ViewParts) =>
  async ({ id, data, result }: Job<'image_process'>): Promise<Block[]> => {
    if (result === null) return originalOf(plugin, id, data, '');
    const rows = new Map<string, OutputRow>();
    for (const { outputPath } of result.files ?? [result]) {
      const path = outputPath.replace(/^\//, '');
      const row = (await outputs.find(path)) ?? (await outputs.find(BUCKET_MARK + path));
      // Leave out files that another job has replaced.
      if (row?.job_id === id) rows.set(outputPath, row);
    }
    const row = rows.get(result.outputPath);
    const source = [...rows.values()].reduce((most, { source_bytes }) => Math.max(most, Number(source_bytes)), 0);
    return [
      ...originalOf(plugin, id, data, source > 0 ? `, ${readableBytes(source)}` : ''),
      ...pictureOf(plugin, result, row, config),
      ...savedOf(result, source),
      ...(result.files === undefined ? [] : [setOf(plugin, result.files, rows)]),
    ];
  };

function originalOf(plugin: string, id: string, data: ImageJobData, size: string): Block[] {
  if (data.sourceUrl !== undefined) return [block.link(`Before: ${data.sourceUrl}${size}`, data.sourceUrl)];
  const name = data.file?.name ?? data.source ?? '';
  return [block.image(`/plugins/${plugin}/originals/${id}`, `${name} before`, `Before: ${name}${size}`)];
}

function pictureOf(plugin: string, file: ImageFile, row: OutputRow | undefined, config: ViewParts['config']): Block[] {
  const facts = `${file.outputPath}, ${file.width} x ${file.height} ${file.format}, ${readableBytes(file.fileSize)}`;
  if (row === undefined) return [block.text(`After: ${facts}. The file no longer exists.`, 'warn')];
  if (!row.path.startsWith(BUCKET_MARK)) {
    return [block.image(`/plugins/${plugin}/files/${row.path}`, `${file.outputPath} after`, `After: ${facts}`)];
  }
  const href = publicAddress(row.path.slice(BUCKET_MARK.length), config);
  return /^https?:/.test(href)
    ? [block.link(`After: ${facts}`, href)]
    : [block.text(`After: ${facts}, in the bucket.`)];
}

function savedOf({ fileSize, width, height, format }: ImageFile, source: number): Block[] {
  const size = block.stat('size', `${width} x ${height} ${format}`);
  if (source === 0) return [size];
  return [
    block.stat('before', readableBytes(source)),
    block.stat('after', readableBytes(fileSize)),
    block.stat('of the source', `${Math.round((100 * fileSize) / source)} %`),
    size,
  ];
}

function setOf(plugin: string, files: readonly ImageFile[], rows: ReadonlyMap<string, OutputRow>): Block {
  const nameOf = ({ outputPath }: ImageFile): Cell => {
    const path = rows.get(outputPath)?.path;
    return path === undefined || path.startsWith(BUCKET_MARK)
      ? outputPath
      : { text: outputPath, href: `/plugins/${plugin}/files/${path}` };
  };
  return block.table(
    ['picture', 'size', 'bytes'],
    files.map((file) => {
      const size = `${file.width} x ${file.height} ${file.format}`;
      return [nameOf(file), size, readableBytes(file.fileSize)];
    }),
  );
}
