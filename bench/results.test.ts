// One file a day, and each engine's section in it measured on its own.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withSection, writeSection } from './results.ts';

describe('the results of a day', () => {
  it('start with a title and the first section', () => {
    expect(withSection('', 'SQLite', ['- one'])).toBe('# Benchmark\n\n## SQLite\n\n- one\n');
  });

  it('keep the other sections when one is measured again', () => {
    const both = withSection(withSection('', 'SQLite', ['- one']), 'MariaDB', ['- two']);
    expect(withSection(both, 'SQLite', ['- three'])).toBe(
      '# Benchmark\n\n## SQLite\n\n- three\n\n## MariaDB\n\n- two\n',
    );
  });

  it('are added to an existing file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pwj-results-'));
    writeSection(folder, '2026-01-01', 'SQLite', ['- one']);
    const file = writeSection(folder, '2026-01-01', 'MariaDB', ['- two']);
    const text = readFileSync(file, 'utf8');
    rmSync(folder, { recursive: true });
    expect(text).toBe('# Benchmark\n\n## SQLite\n\n- one\n\n## MariaDB\n\n- two\n');
  });
});
