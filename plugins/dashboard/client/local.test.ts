// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { localise } from './controls.ts';

const AT = '2026-01-31T09:00:05.250Z';

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
