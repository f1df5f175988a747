// The types of jobs hold on the oldest and the newest TypeScript that authors may use; `npm run check` compiles with the one in between.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const FILE = join(root, 'test/contract/job-types.test.ts');
const compiler = (version: number): string => join(root, `scripts/typescript-${version}/node_modules/typescript`);

// A compiler reads the whole core, which takes a while when other tests run.
vi.setConfig({ testTimeout: 120_000 });

test('TypeScript 5 accepts and refuses the same code', () => {
  const ts: typeof import('typescript') = createRequire(import.meta.url)(compiler(5));
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options, errors } = ts.parseJsonConfigFileContent({ ...config, include: [FILE] }, ts.sys, root);
  const program = ts.createProgram([FILE], { ...options, incremental: false });
  // Only this file: the packages that it imports are compiled by `npm run build`.
  const file = program.getSourceFile(FILE);
  const wrong = [
    ...errors,
    ...program.getOptionsDiagnostics(),
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ];
  expect(file).toBeDefined();
  expect(wrong.map(({ messageText }) => messageText)).toEqual([]);
});

test('TypeScript 7 accepts and refuses the same code', async () => {
  const folder = await temporaryFolder();
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { incremental: false, tsBuildInfoFile: null, typeRoots: [join(root, 'node_modules/@types')] },
    include: [FILE],
    exclude: [],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const outcome = await run(process.execPath, [join(compiler(7), 'bin/tsc'), '-p', folder], { cwd: root }).then(
    () => '',
    ({ stdout, message }: Error & { stdout: string }) => stdout || message,
  );
  expect(outcome).toBe('');
});
