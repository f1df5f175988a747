// Which backups retention removes. Pure: a mistake here deletes the only copy.
import type { BackupType } from './data.ts';
import type { RunState } from './tables.ts';

export interface Kept {
  id: string;
  type: BackupType;
  state: RunState;
  /** Milliseconds since 1970, by the archive's own manifest. */
  at: number;
}

export interface Terms {
  /** The new backup, verified a moment ago. */
  newest: Kept;
  /** Milliseconds. */
  retention: number;
  minKeep: number;
  now: number;
}

/**
 * Those of the same type that are older than `retention`, oldest first. At least `minKeep` verified ones stay, the new one among them;
 * one that is not verified goes by its age alone. Nothing goes unless the new one is verified; nothing from the future goes.
 */
export function expired<K extends Kept>(all: readonly K[], { newest, retention, minKeep, now }: Terms): K[] {
  if (newest.state !== 'verified' || !(retention > 0)) return [];
  const others = all
    .filter(({ id, type, state }) => id !== newest.id && type === newest.type && state !== 'writing')
    .sort((a, b) => a.at - b.at);
  const gone: K[] = [];
  let verified = 1 + others.filter(({ state }) => state === 'verified').length;
  for (const backup of others) {
    if (!(backup.at < now - retention)) continue;
    if (backup.state === 'verified') {
      if (verified <= Math.max(1, minKeep)) continue;
      verified -= 1;
    }
    gone.push(backup);
  }
  return gone;
}
