// Run by a test in a process of its own, to be killed: writes a set of two large files after the other and says so.
import { saveAll } from '../src/save.ts';

const SIZE = 4 * 1024 * 1024;
const root = process.argv[2] ?? '';
const facts = {
  job_id: 'job-1',
  bytes: SIZE,
  source_bytes: 0,
  width: 1,
  height: 1,
  format: 'webp' as const,
  made_at: 0,
};
const outputs = { claim: async () => undefined, release: async () => {} };
for (let i = 0; ; i++) {
  const terms = { root, overwrite: false, original: null, outputs, signal: AbortSignal.any([]) };
  const files = ['a', 'b'].map((name) => ({
    outputPath: `out/${i}-${name}.webp`,
    bytes: Buffer.alloc(SIZE, 1),
    facts,
  }));
  await saveAll(files, 'job-1', terms);
  console.log(i);
}
