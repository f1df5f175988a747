// The machine a figure was measured on: without it the figure says nothing.
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

/** Small writes that wait for the disk, per second: the ceiling of one commit per job. */
function syncsPerSecond(folder: string): number {
  const path = join(folder, 'sync-probe');
  const file = openSync(path, 'w');
  const start = performance.now();
  let n = 0;
  while (performance.now() - start < 500) {
    writeSync(file, 'x'.repeat(4_096), 0);
    fdatasyncSync(file);
    n += 1;
  }
  const rate = n / ((performance.now() - start) / 1_000);
  closeSync(file);
  rmSync(path);
  return Math.round(rate);
}

export const machine = (folder: string): string[] => [
  `date: ${new Date().toISOString().slice(0, 16)}Z`,
  `Node ${process.versions.node}, ${process.platform} ${process.arch}`,
  `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}; ${Math.round(totalmem() / 1e9)} GB of memory; load before the run ${loadavg()[0]?.toFixed(1)}`,
  `fdatasync: ${syncsPerSecond(folder)}/s`,
];
