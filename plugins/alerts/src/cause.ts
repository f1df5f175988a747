// Decides when an alert is raised, repeated and cleared, from the findings and the stored row of its cause.
import type { CauseRow, Rule } from './tables.ts';

export type Kind = 'raised' | 'reminder' | 'cleared';

/** The body of a message. */
export interface Detail {
  /** One sentence: what happened, to what. */
  what: string;
  /** The newest error. */
  error?: string;
  /** The job to look at. */
  job?: string;
}

/** The state of one cause. Times in milliseconds since 1970. */
export interface Finding {
  rule: Rule;
  subject: string;
  bad: boolean;
  /** The first and the newest fact, and how many there are. */
  since: number;
  at: number;
  count: number;
  detail: Detail;
  goodAt?: number | null;
}

/** What is bad since a moment, by one fact. */
export const badSince = (rule: Rule, subject: string, since: number, detail: Detail): Finding => {
  return { rule, subject, bad: true, since, at: since, count: 1, detail };
};

/** What is good again. */
export const good = (rule: Rule, subject: string, detail: Detail = { what: '' }): Finding => {
  return { rule, subject, bad: false, since: 0, at: 0, count: 0, detail };
};

export interface Decision {
  row: CauseRow;
  kind: Kind | null;
}

const HOUR = 3_600_000;
/** An alert raised this often within an hour is cleared only after an hour without new findings. */
const MOST_RAISES = 3;
const MOST_ID = 191;

/** Long subjects are cut at the beginning, since their ends differ. */
export function causeId(rule: Rule, subject: string): string {
  const id = `${rule}/${subject}`;
  return id.length <= MOST_ID ? id : `${rule}/...${subject.slice(rule.length + 4 - MOST_ID)}`;
}

/** `remind` in milliseconds. Null: nothing changes. */
export function decide(row: CauseRow | undefined, found: Finding, now: number, remind: number): Decision | null {
  const { rule, subject, bad, since, at, count, goodAt = row?.good_at ?? null } = found;
  const detail = JSON.stringify(found.detail);
  const before: CauseRow = row ?? {
    ...{ id: causeId(rule, subject), rule, subject, open: 0, version: 0, since, seen: 0, count: 0, detail },
    ...{ messages: 0, told_at: null, burst: 0, burst_at: 0, good_at: goodAt, outbox: null },
  };
  const next = (change: Partial<CauseRow>): CauseRow => ({
    ...before,
    good_at: goodAt,
    ...change,
    version: before.version + 1,
  });
  if (before.open === 0) {
    if (bad && at > before.seen) {
      const again = now - before.burst_at < HOUR;
      const burst = again ? { burst: before.burst + 1 } : { burst: 1, burst_at: now };
      return {
        row: next({ open: 1, since, seen: at, count, detail, messages: 1, told_at: now, ...burst }),
        kind: 'raised',
      };
    }
    return goodAt === before.good_at && row ? null : { row: next({}), kind: null };
  }
  if (!bad) {
    if (before.burst >= MOST_RAISES && now - before.seen < HOUR) return null;
    return { row: next({ open: 0, told_at: now, messages: before.messages + 1 }), kind: 'cleared' };
  }
  const facts = { seen: Math.max(at, before.seen), count: Math.max(count, before.count), detail };
  if (now - (before.told_at ?? 0) >= remind)
    return { row: next({ ...facts, messages: before.messages + 1, told_at: now }), kind: 'reminder' };
  const changed = facts.seen !== before.seen || facts.count !== before.count;
  return changed ? { row: next(facts), kind: null } : null;
}
