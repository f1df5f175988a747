// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import { attachAttention, localise } from './controls.ts';

const AT = '2026-01-31T09:00:05.250Z';

beforeEach(() => localStorage.clear());

test("times of day are in the reader's time zone, with UTC as a tooltip", () => {
  document.body.innerHTML = `<time datetime="${AT}" data-local="date">2026-01-31 09:00:05.250 UTC</time><time datetime="${AT}" data-tick="at">now</time>`;
  const [time, relative] = document.querySelectorAll('time');
  localise(document);
  const here = new Date(AT);
  const clock = [here.getHours(), here.getMinutes(), here.getSeconds()]
    .map((n) => String(n).padStart(2, '0'))
    .join(':');
  expect(time?.textContent).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\d ${clock}\\.250$`));
  expect(time?.title).toBe('2026-01-31 09:00:05 UTC');
  expect([relative?.textContent, relative?.title]).toEqual([
    'now',
    expect.stringContaining('(2026-01-31 09:00:05 UTC)'),
  ]);
});

const line = (jobs: number) =>
  `<section class="attention" data-all><div data-key="failed" data-jobs="${jobs}"><button data-set-aside></button></div></section>`;
const shows = (html: string): boolean => {
  document.body.innerHTML = html;
  document.dispatchEvent(new Event('renewed'));
  return !document.querySelector<HTMLElement>('[data-jobs]')?.hidden;
};

test('a list of dismissed lines that is null is empty', () => {
  localStorage.setItem('phraseworks-jobs-dismissed', 'null');
  document.body.innerHTML = line(5);
  expect(attachAttention).not.toThrow();
  expect(document.querySelector<HTMLElement>('[data-jobs]')?.hidden).toBe(false);
});

test('a dismissed line returns when there are more jobs than at or since its dismissal', () => {
  document.body.innerHTML = line(5);
  attachAttention();
  document.querySelector('button')?.click();
  expect([shows(line(5)), shows(line(3)), shows(line(4))]).toEqual([false, false, true]);
  document.querySelector('button')?.click();
  expect([shows(line(4)), shows('<section class="attention" data-all></section>'), shows(line(1))]).toEqual([
    false,
    true,
    true,
  ]);
});
