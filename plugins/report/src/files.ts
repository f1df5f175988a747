// The files of reports: in one folder, under names of our own making, readable by this user only.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, unlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Format } from './data.ts';
import { ReportFailure } from './failure.ts';

export const EXTENSION: Record<Format | 'model', string> = {
  html: 'html',
  text: 'txt',
  csv: 'csv',
  model: 'json',
};

/** No dot but the last, no slash: such a name stays in its folder. PDFs of versions before are removed with their report. */
const NAME = /^[a-z0-9_-]{1,120}\.(?:html|txt|csv|pdf|json)$/;

/** `weekly_analytics-2026-11-16-5f0c2a9d41be`: type, first day, end of the job's id. */
export const stemOf = (type: string, day: string, jobId: string): string =>
  `${type}-${day}-${jobId
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(-12)}`;

export function createFiles(given: string) {
  const folder = resolve(given);

  function placeOf(name: string): string {
    if (!NAME.test(name)) throw new Error('not the name of a report');
    return join(folder, name);
  }

  return {
    /** A file is there as a whole or not at all. Throws `FOLDER_UNUSABLE`. */
    async write(name: string, content: string | Uint8Array): Promise<number> {
      const place = placeOf(name);
      const half = join(folder, `.${randomUUID()}.part`);
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(half, bytes, { mode: 0o600, flag: 'wx' });
        await rename(half, place);
        return bytes.byteLength;
      } catch (error) {
        await unlink(half).catch(() => {});
        const { code = 'no code' } = error as NodeJS.ErrnoException;
        throw new ReportFailure(
          'FOLDER_UNUSABLE',
          `the folder for reports cannot be written to (${code}). Setting: folder`,
        );
      }
    },

    /** Null when it is not there, or is a link or anything else but a file. */
    async read(name: string): Promise<Buffer | null> {
      const place = placeOf(name);
      const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
        () => null,
      );
      if (!file) return null;
      try {
        return (await file.stat()).isFile() ? await file.readFile() : null;
      } finally {
        await file.close();
      }
    },

    /** One that has gone already is fine. */
    async remove(name: string): Promise<void> {
      if (NAME.test(name)) await unlink(placeOf(name)).catch(() => {});
    },
  };
}

export type Files = ReturnType<typeof createFiles>;
