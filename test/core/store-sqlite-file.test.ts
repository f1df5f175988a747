// The store on a SQLite file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openTestDatabase } from '../../core/test/core-kit.ts';
import { storeSuite } from '../suites/store.suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let n = 0;
storeSuite('a SQLite file', () => {
  n += 1;
  return openTestDatabase(join(folder, `${n}.db`));
});
