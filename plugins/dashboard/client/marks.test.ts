// @vitest-environment happy-dom
// The small marks of the page: how long ago, live or not, whose a key is.
import { describe, expect, test } from 'vitest';
import { tick } from './controls.ts';
import { keyOf } from './keys.ts';

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

describe('a key', () => {
  const pressed = (on: string, init: KeyboardEventInit): string | undefined => {
    document.body.innerHTML = `<main><input id="text"><input type="checkbox" id="box"><textarea></textarea><a href="#x">x</a></main>`;
    let key: string | undefined;
    document.addEventListener(
      'keydown',
      (event) => {
        key = keyOf(event);
      },
      { once: true },
    );
    document.querySelector(on)?.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
    return key;
  };

  test.each(['a', '#box', 'main'])('is handled on %s', (on) => {
    expect(pressed(on, { key: 'j' })).toBe('j');
  });

  test.each(['#text', 'textarea'])('is left to %s', (on) => {
    expect(pressed(on, { key: 'j' })).toBeUndefined();
  });

  test.each([{ ctrlKey: true }, { metaKey: true }, { altKey: true }])('with %j is left to the browser', (with_) => {
    expect(pressed('a', { key: 'r', ...with_ })).toBeUndefined();
  });
});
