// Cells of a plugin's table that look like something else than they are.
import { expect, test } from 'vitest';
import { openSite } from '../../test/site.ts';

test('an impossible time is shown as text', async () => {
  const never = '2024-13-45T99:99:99Z';
  await using site = await openSite({
    panel: () => [
      { type: 'stat', label: 'Next', value: never },
      { type: 'table', columns: ['At'], rows: [[never]] },
    ],
  });
  const html = await site.html('/panels/mail/box');
  expect(html).not.toContain('NaN');
  expect(html).toMatch(new RegExp(`<dd>${never}</dd>.*<td[^>]*>${never}</td>`, 's'));
});

test('on a narrow screen a cell is labelled like its column: with a capital letter', async () => {
  await using site = await openSite({
    panel: () => [{ type: 'table', columns: ['of the source', 'ID'], rows: [[1, 2]] }],
  });
  const html = await site.html('/panels/mail/box');
  expect(html).toContain('data-label="Of the source"');
  expect(html).toContain('data-label="ID"');
});
