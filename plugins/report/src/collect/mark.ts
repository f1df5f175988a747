// How far the facts have been added to the figures: several processes hear the same ones, and each is counted once.
import type { Fact } from './fact.ts';

export interface Mark {
  /** The last ones that were added. Where a late one was heard at another place by another process, those around it still tell. */
  keys: string[];
  /** The newest of all, in milliseconds since 1970. */
  at: number;
}

const KEYS = 20;

export const NO_MARK: Mark = { keys: [], at: 0 };

export function markAfter(before: Mark, facts: readonly Fact[]): Mark {
  const keys = [...before.keys, ...facts.slice(-KEYS).map(({ key }) => key)].slice(-KEYS);
  return { keys, at: facts.reduce((latest, fact) => Math.max(latest, fact.at), before.at) };
}

/** How many of these facts, from the first one on, had been added by then; null when the mark names none of them. */
export function countedIn(facts: readonly Fact[], mark: Mark): number | null {
  const keys = new Set(mark.keys);
  for (let index = facts.length - 1; index >= 0; index -= 1) {
    if (keys.has(facts[index]?.key ?? '')) return index + 1;
  }
  return null;
}

/** The same for a process that has not heard, or has forgotten, what the mark names: by time. */
export function countedByTime(facts: readonly Fact[], mark: Mark): number {
  let passed = 0;
  while (passed < facts.length && (facts[passed]?.at ?? 0) <= mark.at) passed += 1;
  return passed;
}

export function readMark(text: string): Mark {
  try {
    const { keys, at } = JSON.parse(text) as Mark;
    if (Array.isArray(keys) && typeof at === 'number') return { keys: keys.map(String), at };
  } catch {
    // As good as none.
  }
  return NO_MARK;
}
