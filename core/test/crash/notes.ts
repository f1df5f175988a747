// Reads what the processes noted: `A` a job was acknowledged, `R` an attempt began, `E` it ended, `B` it ended after an abort, `D` it killed its process.
import { existsSync, readFileSync } from 'node:fs';

interface Span {
  from: bigint;
  to: bigint;
}

export interface Notes {
  acknowledged: Set<string>;
  /** For each job its attempts, by claim and process. */
  spans: Map<string, Map<string, Span>>;
}

const NEVER = BigInt(Number.MAX_SAFE_INTEGER) * 1_000n;

/** Lines of a ledger; none when nothing has been noted yet. */
export const linesOf = (ledger: string): string[] =>
  existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n') : [];

/** How many jobs were acknowledged, to the producer in this slot or to all. */
export const acknowledgedIn = (ledger: string, slot?: number): number =>
  linesOf(ledger).filter((line) => line.startsWith('A ') && (slot === undefined || line.split(' ')[2] === `${slot}`))
    .length;

/** `killed`: when each killed process was gone; an attempt that did not end ended then. */
export function readNotes(lines: readonly string[], killed: ReadonlyMap<number, bigint>): Notes {
  const deaths = new Map(killed);
  for (const [mark, , , at = '0', pid] of lines.map((line) => line.split(' ')))
    if (mark === 'D') deaths.set(Number(pid), BigInt(at));
  const acknowledged = new Set<string>();
  const spans = new Map<string, Map<string, Span>>();
  for (const line of lines) {
    const [mark = '', id = '', run = '', at = '0', pid = '0'] = line.split(' ');
    if (mark === 'A') acknowledged.add(id);
    else {
      const key = `${run}/${pid}`;
      const own = spans.get(id) ?? new Map<string, Span>();
      spans.set(id, own);
      const span = own.get(key);
      if (mark === 'R') own.set(key, { from: BigInt(at), to: deaths.get(Number(pid)) ?? NEVER });
      else if (span) span.to = BigInt(at);
    }
  }
  return { acknowledged, spans };
}

/** Pairs of attempts of one job that ran at the same time. */
export const overlapsOf = ({ spans }: Notes): number =>
  [...spans.values()].reduce((n, own) => n + overlaps([...own.values()]), 0);

function overlaps(spans: Span[]): number {
  const sorted = spans.sort((a, b) => (a.from < b.from ? -1 : 1));
  let n = 0;
  for (let i = 1; i < sorted.length; i += 1) {
    if ((sorted[i] as Span).from < (sorted[i - 1] as Span).to) n += 1;
  }
  return n;
}
