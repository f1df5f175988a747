// A backup as programs see it: in the list over HTTP and on the command line.
import type { PluginClock } from '@phraseworks/sdk';
import type { Facts } from './manifest.ts';
import { readArchiveName } from './names.ts';
import { readFacts } from './state.ts';
import type { RunRow } from './tables.ts';

export interface Listed extends Facts {
  id: string;
  type: string;
  state: RunRow['state'];
  file: string;
  target: string;
  bytes: number;
  rows: number;
  sha256: string | null;
  encrypted: boolean;
  /** ISO 8601 in UTC; null when the archive cannot be read. */
  madeAt: string | null;
  verifiedAt: string | null;
  /** When its databases were last restored and compared. */
  restoreTested: string | null;
  /** Why it failed, is incomplete or is not verified. */
  reason: string | null;
}

export const listed = (row: RunRow, clock: PluginClock): Listed => ({
  id: row.id,
  type: row.type,
  state: row.state,
  file: row.file,
  target: row.target,
  bytes: row.bytes,
  rows: row.rows,
  sha256: row.sha256 || null,
  encrypted: readArchiveName(row.file)?.encrypted ?? false,
  madeAt: row.at > 0 ? clock.iso(row.at) : null,
  verifiedAt: row.verified_at > 0 ? clock.iso(row.verified_at) : null,
  restoreTested: row.restore_tested > 0 ? clock.iso(row.restore_tested) : null,
  reason: row.error || null,
  ...readFacts(row),
});
