// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest';
import { rememberPaused, wasPaused } from './live.ts';

afterEach(() => vi.unstubAllGlobals());

test('a pause is remembered until it ends', () => {
  rememberPaused(true);
  expect(wasPaused()).toBe(true);
  rememberPaused(false);
  expect(wasPaused()).toBe(false);
});

test('without storage nothing is remembered, and nothing breaks', () => {
  vi.stubGlobal('sessionStorage', undefined);
  rememberPaused(true);
  expect(wasPaused()).toBe(false);
  const blocked = (): never => {
    throw new DOMException('blocked', 'SecurityError');
  };
  vi.stubGlobal('sessionStorage', { getItem: blocked, setItem: blocked });
  rememberPaused(true);
  expect(wasPaused()).toBe(false);
});
