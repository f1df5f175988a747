// The plugin's table: which file belongs to which job.
import { column, defineTable, type PluginDatabase, type RowOf } from '@phraseworks/sdk';

const Uploads = defineTable(
  'pwj_files_uploads',
  {
    /** The key of its file in the storage. */
    id: column.text(36),
    job_id: column.text(64),
    name: column.text(),
    type: column.text(191),
    size: column.integer(),
    sha256: column.text(64),
    created_at: column.integer(),
  },
  { key: 'id', indexes: [['job_id']] },
);

export const tables = [Uploads] as const;

export type FilesDatabase = PluginDatabase<typeof tables>;
export type UploadRow = RowOf<typeof Uploads>;
