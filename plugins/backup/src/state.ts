// The state of an archive after it was read again, and how lists and answers show it.
import type { PluginClock } from '@phraseworks/sdk';
import type { Trust } from './data.ts';
import { type Facts, factsOf, isIncomplete, rowsOf, sentenceOf } from './manifest.ts';
import { readArchiveName } from './names.ts';
import type { Proof } from './prove.ts';
import type { RunRow } from './tables.ts';

const NAMED = 3;

/** The state of an archive that matches its manifest. */
export function stateOf(
  { manifest, notRestored, problem }: Proof,
  now: number,
): Pick<RunRow, 'state' | 'error' | 'verified_at' | 'restore_tested' | 'rows' | 'facts'> {
  const facts = factsOf(manifest, problem ?? notRestored);
  const lacks = isIncomplete(manifest) ? `it lacks ${sentenceOf(facts.missing, facts.missingCount, NAMED)}` : null;
  const isWhole = lacks === null && problem === null;
  const reason = [lacks, problem].filter((why) => why !== null).join('; ');
  const state = isWhole ? 'verified' : 'incomplete';
  return {
    state,
    error: reason,
    verified_at: state === 'verified' ? now : 0,
    restore_tested: facts.notRestored === null ? now : 0,
    rows: rowsOf(manifest.parts),
    facts: JSON.stringify(facts),
  };
}

const NOTHING: Facts = {
  contains: { databases: [], folders: [] },
  missing: [],
  missingCount: 0,
  notes: [],
  notRestored: null,
};

export const readFacts = ({ facts }: Pick<RunRow, 'facts'>): Facts =>
  facts === null ? NOTHING : (JSON.parse(facts) as Facts);

/** For results, from the row of an archive that was just read. */
export function trustOf(row: RunRow, clock: PluginClock): Trust {
  const state = row.state === 'verified' || row.state === 'incomplete' ? row.state : 'unverified';
  return {
    ...readFacts(row),
    state,
    verified: state === 'verified',
    restoreTested: row.restore_tested > 0 ? clock.iso(row.restore_tested) : null,
    ...(row.error === '' ? {} : { reason: row.error }),
  };
}

/** Whether the archive was stored. */
export const isStored = ({ state }: Pick<RunRow, 'state'>): boolean => state !== 'writing' && state !== 'failed';

/** `verified, restored and compared`, `incomplete: it lacks ...`. */
export const stateWords = ({ state, restoreTested, notRestored, reason }: Trust): string =>
  [
    reason === undefined ? state : `${state}: ${reason}`,
    restoreTested === null ? (notRestored ?? '') : 'restored and compared',
  ]
    .filter((words, index, all) => words !== '' && all.indexOf(words) === index)
    .join('; ');

export type Listed = ReturnType<typeof listed>;
/** For lists. Times are ISO 8601 in UTC, null if it never happened, and the first one also if the archive cannot be read. */
export const listed = (row: RunRow, clock: PluginClock) => ({
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
