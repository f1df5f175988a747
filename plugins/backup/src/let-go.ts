// Retention at work: removes the archives that are over. One that cannot be removed is a warning, and fails nothing.
import { inBrackets } from './failure.ts';
import { expired } from './retention.ts';
import { reconcile } from './scan.ts';
import type { RunRow } from './tables.ts';
import type { Running, Tools } from './tools.ts';

/** Two years and a bit, in milliseconds: a report compares a month with the one before, and a year. */
const REMEMBERED = 800 * 86_400_000;

/** The files that are gone. `retention` in milliseconds; 0: nothing goes. */
export async function letGo(newest: RunRow, retention: number, tools: Tools, running: Running): Promise<string[]> {
  const { runs, target, config, clock } = tools;
  await runs.forget(clock.now() - REMEMBERED);
  const { keep, minKeep, keepIncomplete } = config;
  const terms = { keep, minKeep, keepIncomplete, iso: clock.iso };
  const gone: string[] = [];
  try {
    const there = (await reconcile(tools, running.signal)).filter((row) => row.at > 0);
    for (const old of expired(there, { newest, retention, ...terms, now: clock.now() })) {
      await target.remove(old.file, running.signal);
      await runs.update(old.id, { removed_at: clock.now() });
      gone.push(old.file);
    }
  } catch (error) {
    running.signal.throwIfAborted();
    running.log.warn(`older backups could not be removed${inBrackets(error)}: the new one is safe`);
  }
  return gone;
}
