// A job type disabled by the configuration: its libraries are not loaded, and other jobs run.
import { expect, test } from 'vitest';
import { startProgram } from '../support/child.ts';
import { temporaryFolder } from '../support/folder.ts';
import { pictureServer } from '../support/picture-server.ts';

test('while images are disabled no process loads them and mail continues; once enabled their jobs run', async () => {
  const settings = { root: await temporaryFolder(), pictures: (await pictureServer()).url };
  const child = startProgram('switched-off-child.ts', [JSON.stringify(settings)]);
  expect(await child.line('mail ')).toBe('completed, 0 processes');
  expect(await child.line('image ')).toMatch(/^completed, [1-9]\d* processes$/);
  expect(await child.over).toBe(0);
});
