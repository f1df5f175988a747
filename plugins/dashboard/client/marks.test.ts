// @vitest-environment happy-dom
// The small marks of the page: how long ago.
import { expect, test } from 'vitest';
import { tick } from './controls.ts';

test('times are updated, and due ones do not become past', () => {
  document.body.innerHTML = `
    <time datetime="2026-01-01T00:00:00.000Z" data-tick="at">now</time>
    <time datetime="2026-01-01T00:00:05.000Z" data-tick="due">in 5 s</time>
    <time datetime="2026-01-01T00:00:00.000Z">1 January</time>`;
  const texts = () => [...document.querySelectorAll('time')].map(({ textContent }) => textContent);
  tick(document, Date.parse('2026-01-01T00:00:02.000Z'));
  expect(texts()).toEqual(['2 s ago', 'in 3 s', '1 January']);
  tick(document, Date.parse('2026-01-01T00:00:30.000Z'));
  expect(texts()).toEqual(['30 s ago', 'now', '1 January']);
});
