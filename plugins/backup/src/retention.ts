// Which backups retention removes. Pure: a mistake here deletes the only copy.
import type { BackupType } from './manifest.ts';
import type { RunState } from './tables.ts';

export interface Kept {
  id: string;
  type: BackupType;
  state: RunState;
  /** Milliseconds since 1970, by the archive's own manifest. */
  at: number;
  /** Milliseconds since 1970; 0: never. */
  restore_tested: number;
}

export interface Terms {
  /** The new backup. */
  newest: Kept;
  /** Milliseconds; 0: nothing goes by its age. */
  retention: number;
  /** How many of the last days, weeks and months with a verified backup keep their newest one. */
  keep: { daily: number; weekly: number; monthly: number } | undefined;
  /** How many verified backups to keep at least, including the new one. */
  minKeep: number;
  keepIncomplete: number;
  now: number;
  /** ISO 8601 in UTC. */
  iso(ms: number): string;
}

const DAY = 86_400_000;

const PERIODS: Readonly<Record<'daily' | 'weekly' | 'monthly', (at: number, iso: Terms['iso']) => string | number>> = {
  daily: (at) => Math.floor(at / DAY),
  // The first of January 1970 was a Thursday.
  weekly: (at) => Math.floor((at / DAY + 3) / 7),
  monthly: (at, iso) => iso(at).slice(0, 7),
};

/** The newest of each of the last `count` periods. `verified`: newest first. */
function ofPeriods(verified: readonly Kept[], periodOf: (at: number) => string | number, count: number): Kept[] {
  const newest = new Map<string | number, Kept>();
  for (const backup of verified) if (!newest.has(periodOf(backup.at))) newest.set(periodOf(backup.at), backup);
  return [...newest.values()].slice(0, count);
}

/**
 * The backups to delete, of the new one's type, oldest first. Verified backups are deleted by `retention` and `keep`, and only if the new
 * one is verified, but never the last `minKeep`, the newest that was restored and compared, or one dated in the future. Unverified ones are
 * deleted by age alone and never count as kept. The newest `keepIncomplete` incomplete and damaged ones are always kept.
 */
export function expired<K extends Kept>(all: readonly K[], terms: Terms): K[] {
  const { newest, retention, keep, minKeep, keepIncomplete, now } = terms;
  const newestFirst = all
    .filter(({ type, state }) => type === newest.type && state !== 'writing')
    .sort((a, b) => b.at - a.at);
  const bad = newestFirst.filter(({ state }) => state === 'incomplete' || state === 'failed');
  const gone = new Set<K>(bad.slice(keepIncomplete));
  if (newest.state === 'verified' && (retention > 0 || keep)) {
    const verified = newestFirst.filter(({ state }) => state === 'verified');
    const stay = new Set<Kept>(verified.slice(0, Math.max(1, minKeep)));
    const tested = newestFirst.find(({ restore_tested: at, state }) => at > 0 && state === 'verified');
    if (tested) stay.add(tested);
    for (const name of ['daily', 'weekly', 'monthly'] as const)
      for (const backup of ofPeriods(verified, (at) => PERIODS[name](at, terms.iso), keep?.[name] ?? 0))
        stay.add(backup);
    const oldest = Math.min(now, ...verified.filter((one) => stay.has(one)).map(({ at }) => at));
    const before = (state: RunState) => (retention > 0 ? now - retention : state === 'verified' ? now : oldest);
    for (const backup of newestFirst)
      if (backup.id !== newest.id && !stay.has(backup) && backup.at < before(backup.state)) gone.add(backup);
  }
  return [...gone].filter(({ id }) => id !== newest.id).sort((a, b) => a.at - b.at);
}
