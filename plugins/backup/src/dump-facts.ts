// What a dump holds: rows of each table, and a checksum that does not depend on their order. Two dumps of the same data agree.
import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { TableFacts } from './manifest.ts';
import { Statements } from './statements.ts';

const NAME = /`((?:[^`]|``)+)`/;
const INSERT = new RegExp(`^INSERT (?:IGNORE )?INTO ${NAME.source}`, 'i');
const CREATE = new RegExp(`^CREATE TABLE (?:IF NOT EXISTS )?${NAME.source}`, 'i');
const IN_QUOTES = /['\\]/g;
const IN_ROW = /['()]/g;

const plain = (name: string): string => name.replaceAll('``', '`');

/** Each `(...)` of an INSERT statement, as it is written. */
export function* rowsOfInsert(statement: string): Generator<string> {
  let at = /\bVALUES\b/i.exec(withoutNames(statement))?.index ?? -1;
  if (at < 0) return;
  for (;;) {
    const start = statement.indexOf('(', at);
    if (start < 0) return;
    at = endOfRow(statement, start + 1);
    yield statement.slice(start, at);
  }
}

/** The part before VALUES with its names blanked out, in the same length. */
const withoutNames = (statement: string): string =>
  statement.slice(0, 65_536).replace(/`(?:[^`]|``)*`/g, (name) => '_'.repeat(name.length));

/** The place after the parenthesis that closes the row. */
function endOfRow(text: string, from: number): number {
  let depth = 1;
  let at = from;
  while (depth > 0) {
    IN_ROW.lastIndex = at;
    const hit = IN_ROW.exec(text);
    if (!hit) return text.length;
    at = hit.index + 1;
    if (hit[0] === '(') depth += 1;
    else if (hit[0] === ')') depth -= 1;
    else at = endOfQuote(text, at);
  }
  return at;
}

function endOfQuote(text: string, from: number): number {
  let at = from;
  for (;;) {
    IN_QUOTES.lastIndex = at;
    const hit = IN_QUOTES.exec(text);
    if (!hit) return text.length;
    if (hit[0] === "'") return hit.index + 1;
    at = hit.index + 2;
  }
}

interface Sum {
  rows: number;
  high: bigint;
  low: bigint;
}

const HALF = 1n << 64n;

/** Reads a dump as it passes by. */
export class DumpFacts extends Transform {
  readonly #statements = new Statements();
  readonly #decoder = new StringDecoder('utf8');
  readonly #tables = new Map<string, Sum>();

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (const statement of this.#statements.push(this.#decoder.write(data))) this.#read(statement);
    done(null, data);
  }

  override _flush(done: TransformCallback): void {
    for (const statement of this.#statements.push(this.#decoder.end())) this.#read(statement);
    for (const statement of this.#statements.end()) this.#read(statement);
    done();
  }

  #read(statement: string): void {
    const inserted = INSERT.exec(statement)?.[1];
    const created = inserted === undefined ? CREATE.exec(statement)?.[1] : undefined;
    const name = inserted ?? created;
    if (name === undefined) return;
    const known = this.#tables.get(plain(name));
    const sum: Sum = known ?? { rows: 0, high: 0n, low: 0n };
    if (!known) this.#tables.set(plain(name), sum);
    if (inserted === undefined) return;
    for (const row of rowsOfInsert(statement)) {
      const digest = createHash('sha256').update(row).digest();
      sum.rows += 1;
      sum.high = (sum.high + digest.readBigUInt64BE(0)) % HALF;
      sum.low = (sum.low + digest.readBigUInt64BE(8)) % HALF;
    }
  }

  /** At the end. */
  tables(): TableFacts[] {
    const hex = (half: bigint): string => half.toString(16).padStart(16, '0');
    return [...this.#tables]
      .map(([name, { rows, high, low }]) => ({ name, rows, checksum: `${hex(high)}${hex(low)}` }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
