// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { count, foldAll } from './controls.ts';

test('what goes on is counted on, and what has just begun is left as it is', () => {
  document.body.innerHTML = '<i data-since="1000">2.0 s</i><i data-since="9500">3 ms</i><i data-since="x">?</i>';
  count(document, 10_000);
  expect([...document.querySelectorAll('i')].map(({ textContent }) => textContent)).toEqual(['9 s', '3 ms', '?']);
});

test('a value is opened at all depths, and then folded to its first', () => {
  document.body.innerHTML = '<div><details open><details></details></details></div>';
  const tree = document.querySelector('div') as Element;
  const states = () => [...tree.querySelectorAll('details')].map(({ open }) => open);
  foldAll(tree);
  expect(states()).toEqual([true, true]);
  foldAll(tree);
  expect(states()).toEqual([true, false]);
});
