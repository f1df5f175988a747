// `compact`: returns the space of removed rows in a SQLite file to the disk.
import type { FileSize } from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { type Call, defineCommand, type ExitCode } from '../command.ts';

/** Bytes that can be rewritten within the 10 s for which other processes wait for the lock. */
const QUICK = 100_000_000;

export const compact = defineCommand({
  usage: [''],
  about: 'Rewrites the file, and blocks all writers meanwhile: stop a large site first.',
  example: 'compact',
  options: {},
  takes: { least: 0, most: 0 },
  run: compactFile,
});

async function compactFile({ out, open }: Call): Promise<ExitCode> {
  const { dialect, core, note } = await open();
  const { file } = dialect;
  if (!file) {
    const says =
      'Nothing to do: the server reuses the space of removed rows. To return it to the disk, run "optimize table" on the pwj_ tables at a quiet time; on Galera this blocks all nodes while it runs.';
    out.answer({ compacted: false, reason: says }, () => out.line(says));
    return 0;
  }
  const before = await file.size();
  const living = (await core.peers.all()).filter(({ live }) => live).length;
  const refused = whyNot(before, living);
  if (refused !== null) throw new JobsError('INVALID_STATE', refused);
  await file.compact();
  await note('compact', '');
  const after = await file.size();
  out.answer({ compacted: true, before: before.size, after: after.size }, () => {
    out.line(`${megabytes(before.size)} before, ${megabytes(after.size)} now.`);
  });
  if (after.size > after.used) out.note('Another process is reading the file: it shrinks when that read ends.');
  return 0;
}

/** Why the file cannot be compacted now. Pure. */
export function whyNot({ used, free }: FileSize, living: number): string | null {
  // The rewrite needs a temporary copy, possibly on the same disk, and as much again in the write-ahead log.
  const needed = used * 2;
  if (free < needed)
    return `The disk is too full: ${megabytes(needed)} must be free to rewrite the file, but only ${megabytes(free)} are. Make room, or remove old jobs first (queue.retentionPeriod).`;
  if (living === 0 || used <= QUICK) return null;
  const processes = living === 1 ? 'A process works' : `${living} processes work`;
  return `${processes} on this database, and could not write while ${megabytes(used)} are rewritten. Stop the site, then compact. phraseworks-jobs nodes lists them.`;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
