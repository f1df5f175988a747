// An archive to read, from a local file or from the target. Counts and hashes what is read.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import type { Source } from './archive-reader.ts';
import type { Stored, Target } from './target.ts';

export class Meter extends Transform {
  bytes = 0;
  readonly #hash = createHash('sha256');
  readonly #tell: (bytes: number) => void;

  constructor(tell: (bytes: number) => void = () => {}) {
    super();
    this.#tell = tell;
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += data.length;
    this.#hash.update(data);
    this.#tell(this.bytes);
    done(null, data);
  }

  /** Once, at the end. */
  sha256(): string {
    return this.#hash.digest('hex');
  }
}

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
