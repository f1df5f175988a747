// Checks at the start, and again every ten minutes, whether the client programs of the configured databases are installed and new enough.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databasesOf, engineOf } from './sources.ts';
import type { Tools } from './tools.ts';

/** Milliseconds after which the next call checks again. */
const STALE = 600_000;

/** What to install, one sentence per database; the last result while it checks again. */
export type ClientNotes = () => Promise<string[]>;

export function clientCheck({ config, place, clock, log }: Tools, signal: AbortSignal): ClientNotes {
  let checkedAt = 0;
  let notes: Promise<string[]> | undefined;
  const warned = new Set<string>();

  async function look(): Promise<string[]> {
    const found: string[] = [];
    const folder = await mkdtemp(join(tmpdir(), 'pwj-clients-'));
    try {
      for (const source of databasesOf(config, place)) {
        if (source.engine === 'sqlite') continue;
        // Whether the server answers is not checked here: the backup reports that.
        const lack = await engineOf(source)
          .lacks(source.login, { folder, signal })
          .catch(() => null);
        if (lack !== null) found.push(`The database ${source.name}: ${lack}`);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    for (const note of found) {
      if (!warned.has(note)) log.warn(note);
      warned.add(note);
    }
    return found;
  }

  return () => {
    const now = clock.now();
    const last = notes;
    if (last && now - checkedAt < STALE) return last;
    checkedAt = now;
    const next = look();
    notes = last ? next.catch(() => last) : next;
    return last ?? next;
  };
}
