// The table of steps agrees with itself.
import { expect, test } from 'vitest';
import {
  isFinal,
  isJobState,
  publicState,
  STATES,
  STEPS,
  type StepName,
  storedFrom,
  storedStates,
} from './lifecycle.ts';

const steps = Object.entries(STEPS) as [StepName, { from: readonly string[]; to: string; event: string | null }][];

test('every state but the first is reached by a step, and every state that is not final is left by one', () => {
  for (const state of STATES) {
    expect(steps.some(([, step]) => step.to === state)).toBe(true);
    expect(steps.some(([, step]) => step.from.includes(state))).toBe(true);
  }
});

test('a job that is over is left by a requeue alone', () => {
  for (const state of STATES.filter(isFinal)) {
    expect(steps.filter(([, step]) => step.from.includes(state)).map(([name]) => name)).toEqual(['requeue']);
  }
});

test('no step leads from a state to itself', () => {
  for (const [, step] of steps) expect(step.from).not.toContain(step.to);
});

test('only a claim leads to a running job', () => {
  expect(steps.filter(([, step]) => step.to === 'processing').map(([name]) => name)).toEqual(['claim']);
});

test('each final state has an event of its own, and each step into it sends that one', () => {
  const names = { completed: 'job_completed', failed: 'job_failed', cancelled: 'job_cancelled' };
  for (const [, step] of steps) if (step.to in names) expect(step.event).toBe(names[step.to as keyof typeof names]);
});

test('stored states and public states translate into each other', () => {
  for (const state of STATES) for (const stored of storedStates(state)) expect(publicState(stored)).toBe(state);
  expect(STATES.flatMap(storedStates)).toHaveLength(7);
  expect(storedFrom('cancel').sort()).toEqual(['parked', 'processing', 'ready', 'scheduled']);
  expect(storedFrom('claim')).toEqual(['ready', 'scheduled']);
});

test('words that are no states are not taken for one', () => {
  for (const word of ['ready', 'scheduled', '', '__proto__', 'constructor', 'toString'])
    expect(isJobState(word)).toBe(false);
  for (const state of STATES) expect(isJobState(state)).toBe(true);
});
