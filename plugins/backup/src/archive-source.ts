// An archive as something to read: a file that is being made, or one that is where archives are kept.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Source } from './archive-reader.ts';
import { Meter } from './meter.ts';
import type { Stored, Target } from './target.ts';

export interface Measured extends Source {
  /** Of the last complete reading. */
  sha256(): string;
  bytes(): number;
}

function measured(open: (signal: AbortSignal) => Promise<Readable>, progress: (bytes: number) => void): Measured {
  let meter = new Meter();
  return {
    async open(signal) {
      const stream = await open(signal);
      meter = new Meter(progress);
      const into = meter;
      stream.on('error', (error) => into.destroy(error));
      into.on('close', () => stream.destroy());
      return stream.pipe(into);
    },
    sha256: () => meter.sha256(),
    bytes: () => meter.bytes,
  };
}

/** `progress` receives the fraction read, 0 to 1. */
export async function fileSource(path: string, progress: (fraction: number) => void): Promise<Measured> {
  const { size } = await stat(path);
  const open = async () => createReadStream(path, { highWaterMark: 262_144 });
  return measured(open, (bytes) => progress(bytes / size));
}

export function storedSource(
  target: Target,
  { file, bytes: size }: Stored,
  progress: (fraction: number) => void,
): Measured {
  return measured(
    (signal) => target.open(file, signal),
    (bytes) => progress(size === 0 ? 0 : bytes / size),
  );
}
