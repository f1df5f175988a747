// Reads a dump of mariadb-dump or mysqldump: the rows of each table, and a checksum that does not depend on their order.
import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import type { TableFacts } from '../../manifest.ts';

/** A line of a dump, or a piece of a long one. */
export interface Piece {
  bytes: Buffer;
  /** The line begins here. */
  isStart: boolean;
}

/** Longer lines come in pieces; the first piece is at least this long, so that a line's beginning is always complete. */
const HEAD = 65_536;
const NEW_LINE = 10;

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
    if (this.#isStart && this.#rest.length < HEAD) return;
    if (this.#rest.length > 0) yield { bytes: this.#rest, isStart: this.#isStart };
    this.#rest = Buffer.alloc(0);
    this.#isStart = false;
  }

  *end(): Generator<Piece> {
    if (this.#rest.length > 0) yield { bytes: this.#rest, isStart: this.#isStart };
  }
}

const DATA = /^-- Dumping data for table `((?:[^`]|``)+)`/;
const STRUCTURE = /^-- Table structure for table `((?:[^`]|``)+)`/;
const COMPLETED = /^-- Dump completed/;
/** Lists the columns if the table has generated ones. */
const INSERT = /^INSERT (?:IGNORE )?INTO `(?:[^`]|``)+`(?: \((?:`(?:[^`]|``)+`|[\w, ])+\))? VALUES\s/;

interface Sum {
  rows: number;
  high: bigint;
  low: bigint;
}

const HALF = 1n << 64n;
const [QUOTE, OPEN, CLOSE, END, ESCAPE] = ["'", '(', ')', ';', '\\'].map((c) => c.charCodeAt(0));

/** Finds the rows of INSERT statements, byte by byte, however long they are. */
class Rows {
  #sum: Sum | undefined;
  #hash: Hash | undefined;
  #depth = 0;
  #inQuotes = false;
  #escaped = false;

  get isOpen(): boolean {
    return this.#sum !== undefined;
  }

  open(sum: Sum): void {
    this.#sum = sum;
  }

  read(bytes: Buffer): void {
    let from = this.#depth > 0 ? 0 : -1;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (this.#escaped) this.#escaped = false;
      else if (this.#inQuotes) {
        if (byte === ESCAPE) this.#escaped = true;
        else if (byte === QUOTE) this.#inQuotes = false;
      } else if (byte === QUOTE) this.#inQuotes = true;
      else if (byte === OPEN) {
        this.#depth += 1;
        if (this.#depth > 1) continue;
        this.#hash = createHash('sha256');
        from = at;
      } else if (byte === CLOSE && this.#depth > 0) {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        this.#add(bytes.subarray(from, at + 1));
        from = -1;
      } else if (byte === END && this.#depth === 0) this.#sum = undefined;
    }
    if (from >= 0) this.#hash?.update(bytes.subarray(from));
  }

  #add(last: Buffer): void {
    const digest = this.#hash?.update(last).digest();
    if (!digest || !this.#sum) return;
    this.#sum.rows += 1;
    this.#sum.high = (this.#sum.high + digest.readBigUInt64BE(0)) % HALF;
    this.#sum.low = (this.#sum.low + digest.readBigUInt64BE(8)) % HALF;
  }
}

/** Reads a dump as it passes through. */
export class DumpFacts extends Transform {
  /** The program's closing mark was the last thing in the dump. */
  isComplete = false;
  readonly #lines = new Lines();
  readonly #tables = new Map<string, Sum>();
  readonly #rows = new Rows();
  /** The table whose rows follow. INSERT statements of routines and triggers come after a DELIMITER. */
  #current: Sum | undefined;

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (const piece of this.#lines.push(data)) this.#read(piece);
    done(null, data);
  }

  override _flush(done: TransformCallback): void {
    for (const piece of this.#lines.end()) this.#read(piece);
    done();
  }

  #read({ bytes, isStart }: Piece): void {
    if (this.#rows.isOpen) {
      this.#rows.read(bytes);
      return;
    }
    if (!isStart) return;
    const line = bytes.toString('utf8', 0, HEAD);
    if (line.trim() === '') return;
    this.isComplete = COMPLETED.test(line);
    if (line.startsWith('-- ')) this.#header(line);
    else if (/^DELIMITER\s/i.test(line)) this.#current = undefined;
    else if (this.#current) {
      const head = INSERT.exec(line)?.[0];
      if (head === undefined) return;
      this.#rows.open(this.#current);
      this.#rows.read(bytes.subarray(Buffer.byteLength(head)));
    }
  }

  #header(line: string): void {
    const data = DATA.exec(line)?.[1];
    const name = data ?? STRUCTURE.exec(line)?.[1];
    this.#current = undefined;
    if (name === undefined) return;
    const plain = name.replaceAll('``', '`');
    const sum = this.#tables.get(plain) ?? { rows: 0, high: 0n, low: 0n };
    this.#tables.set(plain, sum);
    if (data !== undefined) this.#current = sum;
  }

  /** At the end. */
  tables(): TableFacts[] {
    const hex = (half: bigint): string => half.toString(16).padStart(16, '0');
    return [...this.#tables]
      .map(([name, { rows, high, low }]) => ({ name, rows, checksum: `${hex(high)}${hex(low)}` }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
