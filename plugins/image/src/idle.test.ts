// sharp is loaded with the first job, and not before: seen in a process of its own by its native libraries.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const IDLE = fileURLToPath(new URL('../test/idle.ts', import.meta.url));

test('with the plugin on and a job only added, sharp is not loaded; with the first job it is', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', 'tsx', '--conditions=@phraseworks/source'],
    IDLE,
  ]);
  expect(JSON.parse(stdout)).toEqual({ idle: false, added: false, status: 'completed', used: true });
});
