// Cuts the output of client programs into lines, as bytes.

/** A line, or a piece of a long one. */
export interface Piece {
  bytes: Buffer;
  /** The line begins here. */
  isStart: boolean;
}

/** Longer lines come in pieces; the first piece is at least this long, so that a line's beginning is always complete. */
export const HEAD_OF_LINE = 65_536;
const NEW_LINE = 10;

export const isEndOfLine = (bytes: Buffer): boolean => bytes[bytes.length - 1] === NEW_LINE;

/** Cuts a stream into lines without decoding them. */
export class Lines {
  #rest: Buffer = Buffer.alloc(0);
  #isStart = true;

  *push(chunk: Buffer): Generator<Piece> {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const end = bytes.indexOf(NEW_LINE, at);
      if (end < 0) break;
      yield { bytes: bytes.subarray(at, end + 1), isStart: this.#isStart };
      this.#isStart = true;
      at = end + 1;
    }
    this.#rest = bytes.subarray(at);
    if (this.#isStart && this.#rest.length < HEAD_OF_LINE) return;
    if (this.#rest.length > 0) yield { bytes: this.#rest, isStart: this.#isStart };
    this.#rest = Buffer.alloc(0);
    this.#isStart = false;
  }

  *end(): Generator<Piece> {
    if (this.#rest.length > 0) yield { bytes: this.#rest, isStart: this.#isStart };
  }
}
