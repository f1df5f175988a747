// A host never loads sharp: a separate process checks its native libraries.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const IDLE = fileURLToPath(new URL('../test/idle.ts', import.meta.url));

test('a host that runs image jobs has not loaded sharp', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', 'tsx', '--conditions=@phraseworks/source'],
    IDLE,
  ]);
  expect(JSON.parse(stdout)).toEqual({ status: 'completed', loaded: false });
});
