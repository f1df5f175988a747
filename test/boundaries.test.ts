// The boundaries between packages and layers, each with code that breaks it.
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  circles,
  complaint,
  engineQuestions,
  jobWrites,
  namedPackages,
  statementsIn,
  undeclared,
} from '../scripts/boundaries.ts';
import { importsOf } from '../scripts/imports.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const complaintsAbout = (file: string, text: string) =>
  importsOf(file, text).flatMap((found) => complaint(found) ?? []);

test('a circle of imports is reported, even if it is one of types only', () => {
  const imports = [
    ...importsOf('a/src/one.ts', "import { two } from './two.ts';"),
    ...importsOf('a/src/two.ts', "import type { Three } from './three.ts'; import './four.ts';"),
    ...importsOf('a/src/three.ts', "export { one } from './one.ts'; import './four.ts';"),
    ...importsOf('a/src/four.ts', "import 'node:fs';"),
  ];
  expect(circles(imports)).toEqual(['a/src/one.ts -> a/src/two.ts -> a/src/three.ts -> a/src/one.ts: a circle']);
  expect(circles(imports.slice(1))).toEqual([]);
});

describe('the import rules', () => {
  test.each([
    ['core/src/queue/queue.ts', "import { sql } from 'kysely';", 'kysely is for core/src/store/'],
    [
      'plugins/email/src/wait.ts',
      "import { setTimeout } from 'node:timers/promises';",
      'node:timers is for core/src/kernel/clock.ts',
    ],
    ['plugins/email/src/index.ts', "import { x } from '../../image/src/x.ts';", 'import another package by its name'],
    ['core/src/store/store.ts', "import { add } from '../queue/queue.ts';", 'may not import queue/queue.ts'],
    [
      'core/src/store/search.ts',
      "import { searchSql } from './mysql/search.ts';",
      'core/src/store/open.ts alone imports core/src/store/mysql/search.ts',
    ],
  ])('%s may not contain %s', (file, text, complaintPart) => {
    expect(complaintsAbout(file, text)).toEqual([expect.stringContaining(complaintPart)]);
  });

  test.each([['cli/src/move/tables.ts', "import { sql } from 'kysely';"]])('%s may contain %s', (file, text) => {
    expect(complaintsAbout(file, text)).toEqual([]);
  });
});

test('an import that its own package does not declare is reported, even if it is one of types only', () => {
  const imports = importsOf(
    'a/src/x.ts',
    "import 'node:fs'; import type { A } from '@x/peer/sub'; import './b.ts'; import type { H } from 'hoisted/x';",
  );
  expect(undeclared(imports, { name: 'a', peerDependencies: { '@x/peer': '1' } })).toEqual([
    'a/src/x.ts:1 imports hoisted/x, which a does not declare',
  ]);
});

describe('a package that can be deleted', () => {
  const packages: [string, string][] = [
    ['cli', '@phraseworks/cli'],
    ['plugins/metrics', '@phraseworks/plugin-metrics'],
  ];
  test.each([
    ['plugins/image/src/x.ts', "const cli = await import('@phraseworks/cli/package.json');", '@phraseworks/cli'],
  ])('is not named in %s: %s', (file, text, name) => {
    expect(namedPackages(file, text, packages)).toEqual([{ line: 1, name }]);
  });
});

describe('a check for the engine', () => {
  const asking = [
    "const q = dialect.name === 'mysql' ? '`' : '\"';",
    'const path = /^sqlite:(.+)$/.exec(url)?.[1];',
    'const costOf = ({ name }: Dialect) => COSTS[name];',
    'function costOf({ name: engine, db }: Dialect): number { return costs.get(engine) ?? 0; }',
  ];
  test.each(asking)('is found in core, cli and plugins: %s', (text) => {
    expect(engineQuestions('core/src/store/search.ts', `// a\n${text}\n`)).toEqual([2]);
    expect(engineQuestions('cli/src/commands/doctor.ts', text)).toEqual([1]);
    expect(engineQuestions('plugins/report/src/collect/upsert.ts', text)).toEqual([1]);
  });

  test('is not one if it only names a URL', () => {
    const text = "const empty = open('sqlite::memory:');\nif (!dialect.ordered) list.push('mysql');\n";
    expect(engineQuestions('core/src/store/open.ts', text)).toEqual([]);
  });
});

test('SQL statements are built only in the store, and by the commands that check and copy tables', () => {
  const text = "// a\nconst rows = await dialect.reader.selectFrom('pwj_nodes').selectAll().execute();\n";
  expect(statementsIn('core/src/queue/presence.ts', text)).toEqual([2]);
  expect(statementsIn('cli/src/commands/nodes.ts', text)).toEqual([2]);
  for (const file of ['core/src/store/node-store.ts', 'cli/src/move/plan.ts', 'plugins/email/src/tables.ts'])
    expect(statementsIn(file, text)).toEqual([]);
});

describe('a write of jobs', () => {
  test.each([
    ["db.updateTable('pwj_jobs').where('id', '=', id).set((e) => ({ run: e.lit(1), state: to }) as never);", 'state'],
    [`tx.text(\`update pwj_jobs set \${columns.join()} where state = 'ready'\`, []);`, 'state'],
    ["db.insertInto('pwj_jobs').values(job);", 'insert'],
    ["db.deleteFrom('pwj_jobs').where('id', '=', id);", 'delete'],
  ])('is found: %s', (text, write) => {
    expect(jobWrites('core/src/store/feed.ts', `// a\n${text}\n`)).toEqual([{ line: 2, write }]);
  });

  test.each([
    ['sqlite', 'mysql', ['sqlite/statements.ts']],
    ['mysql', 'sqlite', ['mysql/statements.ts']],
  ])('changes the state on %s only in the transition, the claim and the settlement', async (_engine, other, own) => {
    const store = join(root, 'core/src/store');
    const files = (await readdir(store, { recursive: true })).filter((file) => /(?<!\.test)\.ts$/.test(file));
    const writers = files
      .filter((file) => !file.startsWith(`${other}/`))
      .filter((file) =>
        jobWrites(file, readFileSync(join(store, file), 'utf8')).some(({ write }) => write === 'state'),
      );
    expect(writers.sort()).toEqual([...own, 'shared-statements.ts', 'transition.ts'].sort());
  });
});
