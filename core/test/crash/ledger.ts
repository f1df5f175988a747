// Reads what the processes noted and holds it against the database.
import Database from 'better-sqlite3';
import { decodeEvents } from '../../src/db/event-codec.ts';

export interface Findings {
  acknowledged: number;
  /** Acknowledged jobs that are not there, or not over. */
  lost: number;
  /** Pairs of attempts of one job that ran at the same time. */
  overlapping: number;
  /** Jobs of which it was told more than once that they were completed. */
  settledTwice: number;
  crashedOut: number;
  repeated: number;
  integrity: string;
}

interface Span {
  from: bigint;
  to: bigint;
}

/** `deaths`: when each killed process was gone. */
export function examine(lines: readonly string[], deaths: ReadonlyMap<number, bigint>, path: string): Findings {
  const acknowledged = new Set<string>();
  const spans = new Map<string, Map<string, Span>>();
  for (const line of lines) {
    const [mark = '', id = '', run = '', at = '0', pid = '0'] = line.split(' ');
    if (mark === 'A') acknowledged.add(id);
    else {
      const key = `${run}/${pid}`;
      const own = spans.get(id) ?? new Map<string, Span>();
      spans.set(id, own);
      const time = BigInt(at);
      if (mark === 'R')
        own.set(key, { from: time, to: deaths.get(Number(pid)) ?? BigInt(Number.MAX_SAFE_INTEGER) * 1_000n });
      else {
        const span = own.get(key);
        if (span) span.to = time;
      }
    }
  }
  const db = new Database(path, { readonly: true });
  const states = new Map(
    db
      .prepare('select id, state, reason from pwj_jobs')
      .all()
      .map((row) => [(row as { id: string }).id, row as { state: string; reason: string | null }]),
  );
  const events = countEvents(db);
  const integrity = String(db.pragma('integrity_check', { simple: true }));
  db.close();
  const over = (id: string) => ['completed', 'failed'].includes(states.get(id)?.state ?? '');
  return {
    acknowledged: acknowledged.size,
    lost: [...acknowledged].filter((id) => !over(id)).length,
    overlapping: [...spans.values()].reduce((n, own) => n + overlaps([...own.values()]), 0),
    settledTwice: events,
    crashedOut: [...states.values()].filter((row) => row.reason === 'crashed').length,
    repeated: [...spans.values()].filter((own) => own.size > 1).length,
    integrity,
  };
}

/** Jobs of which listeners heard more than once that they were completed. */
function countEvents(db: Database.Database): number {
  const seen = new Map<string, number>();
  for (const row of db.prepare('select events from pwj_events').all() as { events: string }[]) {
    for (const event of decodeEvents(row.events)) {
      if (event.event === 'job_completed') seen.set(event.jobId, (seen.get(event.jobId) ?? 0) + 1);
    }
  }
  return [...seen.values()].filter((n) => n > 1).length;
}

function overlaps(spans: Span[]): number {
  const sorted = spans.sort((a, b) => (a.from < b.from ? -1 : 1));
  let n = 0;
  for (let i = 1; i < sorted.length; i += 1) {
    if ((sorted[i] as Span).from < (sorted[i - 1] as Span).to) n += 1;
  }
  return n;
}
