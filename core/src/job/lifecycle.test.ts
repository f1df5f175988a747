// The table of steps agrees with itself.
import { expect, test } from 'vitest';
import { isFinal, publicState, STEPS, type StoredState } from './lifecycle.ts';

interface Row {
  from: readonly StoredState[];
  targets: StoredState[];
  event: string | undefined;
  holdsClaim: boolean;
}

const rows = Object.entries(STEPS).map(([name, { from, to, or, event, holdsClaim }]): [string, Row] => [
  name,
  { from, targets: or ? [to, or] : [to], event, holdsClaim: holdsClaim ?? false },
]);
const stored: StoredState[] = ['ready', 'scheduled', 'processing', 'completed', 'failed', 'cancelled'];
const named = (which: (row: Row) => boolean) => rows.filter(([, row]) => which(row)).map(([name]) => name);

test('every state is entered by a step and left by a step', () => {
  for (const state of stored) {
    expect(named(({ targets }) => targets.includes(state))).not.toEqual([]);
    expect(named(({ from }) => from.includes(state))).not.toEqual([]);
  }
});

test('a finished job is left only by a requeue', () => {
  for (const state of stored.filter((state) => isFinal(publicState(state))))
    expect(named(({ from }) => from.includes(state))).toEqual(['requeue']);
});

test('no step leads from a state to itself', () => {
  for (const [, { from, targets }] of rows) for (const target of targets) expect(from).not.toContain(target);
});

test('only a claim leads to a running job, and steps that need the claim start only from there', () => {
  expect(named(({ targets }) => targets.includes('processing'))).toEqual(['claim']);
  for (const [, { from, holdsClaim }] of rows) if (holdsClaim) expect(from).toEqual([STEPS.claim.to]);
});

test('each final state has its own event, and each step into it sends that event', () => {
  const names = { completed: 'job_completed', failed: 'job_failed', cancelled: 'job_cancelled' };
  for (const [, { targets, event }] of rows)
    for (const target of targets) if (target in names) expect(event).toBe(names[target as keyof typeof names]);
});
