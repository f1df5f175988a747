// The types of jobs hold on the oldest TypeScript that authors may use; `npm run check` compiles with the newest.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const compiler = join(root, 'scripts/typescript-5/node_modules/typescript/bin/tsc');

// A compiler reads the whole core, which takes a while when other tests run.
vi.setConfig({ testTimeout: 120_000 });

test('TypeScript 5 accepts and refuses the same code', async () => {
  const folder = await temporaryFolder();
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { incremental: false, tsBuildInfoFile: null, typeRoots: [join(root, 'node_modules/@types')] },
    include: [join(root, 'test/contract/job-types.test.ts')],
    exclude: [],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const outcome = await run(process.execPath, [compiler, '-p', folder], { cwd: root }).then(
    () => '',
    ({ stdout, message }: Error & { stdout: string }) => stdout || message,
  );
  expect(outcome).toBe('');
});
