// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { count, foldAll } from './controls.ts';

test('running durations are updated, and short ones are left alone', () => {
  document.body.innerHTML = '<i data-since="1000">2.0 s</i><i data-since="9500">3 ms</i><i data-since="x">?</i>';
  count(document, 10_000);
  expect([...document.querySelectorAll('i')].map(({ textContent }) => textContent)).toEqual(['9 s', '3 ms', '?']);
});

test('a value is expanded at all depths, and then collapsed to the first', () => {
  document.body.innerHTML = '<div><details open><details></details></details></div>';
  const tree = document.querySelector('div') as Element;
  const states = () => [...tree.querySelectorAll('details')].map(({ open }) => open);
  foldAll(tree);
  expect(states()).toEqual([true, true]);
  foldAll(tree);
  expect(states()).toEqual([true, false]);
});
