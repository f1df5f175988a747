// A dashboard that is off costs nothing: no file of it is loaded, its address answers nothing, and it comes when it is switched on.
import { expect, test } from 'vitest';
import { startProgram } from '../../../test/support/child.ts';
import { sharedDatabase } from '../../../test/support/database.ts';

test('disabled, no file of the dashboard is loaded; enabled at run time, its pages are there', async () => {
  // From source, file by file: that is what this counts.
  const child = startProgram('../../plugins/dashboard/test/off-child.ts', [
    JSON.stringify({ database: await sharedDatabase() }),
  ]);
  const told = async (word: string) => JSON.parse(await child.line(`${word} `));
  const off = await told('off');
  expect(off).toMatchObject({ files: 0, status: 404, html: false });
  expect(off.others).toBeGreaterThan(0);
  const on = await told('on');
  expect(on).toMatchObject({ status: 200, html: true });
  expect(on.files).toBeGreaterThan(10);
  expect(await told('again')).toMatchObject({ status: 404, html: false });
  expect(await child.over).toBe(0);
});
