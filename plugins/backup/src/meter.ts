// Counts and hashes what flows through.
import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

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
