// Reads a dump of mariadb-dump or mysqldump: the rows of each table, and a checksum that does not depend on their order.
import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import type { TableFacts } from '../../manifest.ts';
import { HEAD_OF_LINE, Lines, type Piece } from '../lines.ts';
import { RowSum } from '../row-sum.ts';

const DATA = /^-- Dumping data for table `((?:[^`]|``)+)`/;
const STRUCTURE = /^-- Table structure for table `((?:[^`]|``)+)`/;
const COMPLETED = /^-- Dump completed/;
/** Lists the columns if the table has generated ones. */
const INSERT = /^INSERT (?:IGNORE )?INTO `(?:[^`]|``)+`(?: \((?:`(?:[^`]|``)+`|[\w, ])+\))? VALUES\s/;

const [QUOTE, OPEN, CLOSE, END, ESCAPE] = ["'", '(', ')', ';', '\\'].map((c) => c.charCodeAt(0));

/** Finds the rows of INSERT statements, byte by byte, however long they are. */
class Rows {
  #sum: RowSum | undefined;
  #hash: Hash | undefined;
  #depth = 0;
  #inQuotes = false;
  #escaped = false;

  get isOpen(): boolean {
    return this.#sum !== undefined;
  }

  open(sum: RowSum): void {
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
    if (digest) this.#sum?.add(digest);
  }
}

/** Reads a dump as it passes through. */
export class DumpFacts extends Transform {
  /** The program's closing mark was the last thing in the dump. */
  isComplete = false;
  readonly #lines = new Lines();
  readonly #tables = new Map<string, RowSum>();
  readonly #rows = new Rows();
  /** The table whose rows follow. INSERT statements of routines and triggers come after a DELIMITER. */
  #current: RowSum | undefined;

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
    const line = bytes.toString('utf8', 0, HEAD_OF_LINE);
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
    const sum = this.#tables.get(plain) ?? new RowSum();
    this.#tables.set(plain, sum);
    if (data !== undefined) this.#current = sum;
  }

  /** At the end. */
  tables(): TableFacts[] {
    return [...this.#tables]
      .map(([name, sum]) => ({ name, rows: sum.rows, checksum: sum.checksum() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
