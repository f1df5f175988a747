// Where a throw-away server keeps its data: in memory, making a database takes a sixth of the time, and a killed process loses as little.
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const MEMORY = '/dev/shm';
const ENOUGH = 2_000_000_000;

/** The folder for temporary files where there is no such memory, or too little. */
export function folderInMemory(): string {
  try {
    const { bsize, bavail } = statfsSync(MEMORY);
    return bsize * bavail > ENOUGH ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}
