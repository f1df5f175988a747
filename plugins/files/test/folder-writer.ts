// Run by a test in a process of its own, to be killed: stores one large file after the other, and prints the number of each.
import { Folder } from '../src/folder.ts';

const SIZE = 4 * 1024 * 1024;
const files = new Folder(process.argv[2] ?? '', () => 0);
for (let i = 0; ; i++) {
  await files.put(`out/${i}`, Buffer.alloc(SIZE, 1), { bytes: SIZE, signal: AbortSignal.any([]) });
  console.log(i);
}
