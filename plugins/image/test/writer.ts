// Run by a test in a process of its own, to be killed: writes one large file after the other and says so.
import { save } from '../src/save.ts';

const SIZE = 8 * 1024 * 1024;
const root = process.argv[2] ?? '';
const facts = { bytes: SIZE, source_bytes: 0, width: 1, height: 1, format: 'webp' as const, made_at: 0 };
const outputs = { claim: async () => {} };
for (let i = 0; ; i++) {
  const terms = { root, outputPath: `out/${i}.webp`, overwrite: false, outputs, signal: AbortSignal.any([]) };
  await save(Buffer.alloc(SIZE, 1), { ...facts, job_id: 'job-1' }, terms);
  console.log(i);
}
