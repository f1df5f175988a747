// The types of jobs hold on the oldest TypeScript that authors may use; `npm run check` compiles with the newest.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const FILE = join(root, 'test/contract/job-types.test.ts');
const compiler = join(root, 'scripts/typescript-5/node_modules/typescript');

// A compiler reads the whole core, which takes a while when other tests run.
vi.setConfig({ testTimeout: 120_000 });

test('TypeScript 5 accepts and refuses the same code', () => {
  const ts: typeof import('typescript') = createRequire(import.meta.url)(compiler);
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
