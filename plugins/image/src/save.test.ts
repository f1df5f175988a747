// A process that is killed while it writes: whatever stands under its final name is whole.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { memoryOutputs, temporaryFolder } from '../test/kit.ts';
import { saveAll } from './save.ts';

const WRITER = fileURLToPath(new URL('../test/writer.ts', import.meta.url));
const SIZE = 4 * 1024 * 1024;

test.each([1, 2, 3])('killed after set %i, no file is cut off', async (count) => {
  const root = await temporaryFolder();
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@phraseworks/source', WRITER, root]);
  const exited = once(child, 'exit');
  let written = 0;
  for await (const _line of createInterface({ input: child.stdout })) {
    if (++written === count) child.kill('SIGKILL');
  }
  await exited;
  const files = await readdir(join(root, 'out'));
  expect(files.length).toBeGreaterThanOrEqual(2 * count);
  for (const file of files) expect((await stat(join(root, 'out', file))).size).toBe(SIZE);
});

test('a disk that takes half a file keeps nothing of the set, under no name', async () => {
  const root = await temporaryFolder();
  // The shell's limit on the size of a file fails the write in its middle, as a full disk does.
  const limited = ['-c', 'trap "" XFSZ; ulimit -f 2048; exec "$@"', '_', process.execPath];
  const child = spawn('bash', [...limited, '--import', 'tsx', '--conditions=@phraseworks/source', WRITER, root]);
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) said.push(line);
  expect(said.join()).toContain('EFBIG');
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  expect(files.filter((entry) => entry.isFile())).toEqual([]);
});

test('a file that cannot be put in its place gives its path back, and leaves the others of its set', async () => {
  const root = await temporaryFolder();
  const outputs = await memoryOutputs();
  const facts = {
    job_id: 'job-1',
    bytes: 1,
    source_bytes: 1,
    width: 1,
    height: 1,
    format: 'webp' as const,
    made_at: 0,
  };
  const files = ['a', 'b'].map((name) => ({ outputPath: `${name}.webp`, bytes: new Uint8Array(1), facts }));
  const claim: typeof outputs.claim = async (row, terms) => {
    const held = await outputs.claim(row, terms);
    // Somebody else is faster than the rename.
    if (row.path === 'b.webp') await mkdir(join(root, row.path));
    return held;
  };
  const options = { root, overwrite: false, original: null, signal: AbortSignal.any([]) };
  await expect(saveAll(files, 'job-1', { ...options, outputs: { ...outputs, claim } })).rejects.toThrow();
  expect(await outputs.find('a.webp')).toBeDefined();
  expect(await outputs.find('b.webp')).toBeUndefined();
});
