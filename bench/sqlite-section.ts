// Every case on SQLite, ours and the peers in turn; then what is measured without a peer.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compare, SQLITE_BARS } from './bars.ts';
import { measureAll, type Wanted } from './in-turn.ts';
import { measure } from './measure.ts';
import type { Measured } from './measured.ts';
import { DEPTH, SQLITE } from './plans.ts';
import { promises, table } from './report.ts';

export async function inFolder<T>(data: string, work: (folder: string) => Promise<T>): Promise<T> {
  mkdirSync(data, { recursive: true });
  const folder = mkdtempSync(join(data, 'bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The scripts that have no peer, with what they need beside their folder. */
const ALONE = {
  depth: (folder: string, wanted: Wanted) => [
    String(wanted.jobs(DEPTH.rows)),
    String(wanted.jobs(DEPTH.jobs)),
    ...['empty', 'finished', 'pending'].map((name) => join(folder, `${name}.db`)),
  ],
  'fan-out': (folder: string) => [folder],
  start: (folder: string) => [folder],
  chart: () => [],
};
const SCRIPTS = { depth: 'depth', 'fan-out': 'fanout', start: 'startup', chart: 'chart' };

/** Temporary files go to `data`: it should lie on the disk that is meant. */
export async function sqliteSection(data: string, wanted: Wanted): Promise<string[]> {
  const measured: Measured[] = await measureAll(SQLITE, wanted, (side, name, jobs) =>
    inFolder(data, (folder) => measure('child', [side, name, String(jobs), join(folder, `${side}.db`)])),
  );
  for (const name of Object.keys(ALONE) as (keyof typeof ALONE)[]) {
    const plan = { [name]: { phraseworks: 1 } };
    const args = ALONE[name];
    measured.push(
      ...(await measureAll(plan, wanted, () =>
        inFolder(data, (folder) => measure(SCRIPTS[name], args(folder, wanted))),
      )),
    );
  }
  return [
    `- history and events on; as read back: ${promises(measured)}`,
    '',
    ...table(measured),
    '',
    ...compare(measured, SQLITE_BARS),
  ];
}
