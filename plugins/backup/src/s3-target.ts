// Archives in a bucket of S3 or a compatible service: small ones in one request, large ones in parts.
import { createHash } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { S3Config } from './config.ts';
import { BackupFailure } from './failure.ts';
import { folderTarget } from './folder-target.ts';
import { readArchiveName } from './names.ts';
import { s3Client, tagsOf } from './s3-client.ts';
import { uploadFile } from './s3-upload.ts';
import type { Stored, Target } from './target.ts';

const PAGE = 1_000;

export function s3Target(config: S3Config, folder: string): Target {
  const client = s3Client(config);
  const keyOf = (file: string) => `${config.prefix}${file}`;
  const local = folderTarget(folder);

  async function open(file: string, signal: AbortSignal): Promise<Readable> {
    const answer = await client.ask('GET', keyOf(file), { signal, missing: true });
    if (answer === null) throw new BackupFailure('BACKUP_NOT_FOUND', 'the archive is not in the bucket any more');
    return answer.body ? Readable.fromWeb(answer.body as never) : Readable.from([]);
  }

  async function readBack(file: string, sha256: string, signal: AbortSignal): Promise<void> {
    const hash = createHash('sha256');
    for await (const chunk of await open(file, signal)) hash.update(chunk as Buffer);
    if (hash.digest('hex') === sha256) return;
    await client.ask('DELETE', keyOf(file), { signal });
    throw new BackupFailure(
      'VERIFICATION_FAILED',
      'what the bucket gave back is not what was sent: it was removed there',
    );
  }

  return {
    name: `s3://${config.bucket}/${config.prefix}`,
    isRemote: true,
    unread: config.readBack ? null : 'the bucket was not read again (s3.readBack is false): verify it',
    async store(path, file, options) {
      await uploadFile(client, path, keyOf(file), options);
      if (config.readBack) await readBack(file, options.sha256, options.signal);
      await chmod(path, 0o600);
      if (config.keepLocal) await local.store(path, file, options);
      else await rm(path, { force: true });
    },
    async list(signal) {
      const found: Stored[] = [];
      let token: string | undefined;
      do {
        const query: Record<string, string> = { 'list-type': '2', 'max-keys': String(PAGE), prefix: config.prefix };
        if (token !== undefined) query['continuation-token'] = token;
        const answer = await client.ask('GET', '', { query, signal });
        const xml = (await answer?.text()) ?? '';
        for (const entry of tagsOf(xml, 'Contents')) {
          const [key = ''] = tagsOf(entry, 'Key');
          const file = key.slice(config.prefix.length);
          if (key.startsWith(config.prefix) && readArchiveName(file))
            found.push({ file, bytes: Number(tagsOf(entry, 'Size')[0] ?? 0) });
        }
        const next = tagsOf(xml, 'NextContinuationToken')[0];
        token = tagsOf(xml, 'IsTruncated')[0] === 'true' && next !== token ? next : undefined;
      } while (token !== undefined);
      return found;
    },
    open,
    async remove(file, signal) {
      await client.ask('DELETE', keyOf(file), { signal });
      if (config.keepLocal) await local.remove(file, signal);
    },
    async giveUp(file, upload, signal) {
      await client.ask('DELETE', keyOf(file), { query: { uploadId: upload }, signal, missing: true });
    },
  };
}
