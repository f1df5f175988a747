// A checksum over the rows of a table that does not depend on their order.

const HALF = 1n << 64n;
const hex = (half: bigint): string => half.toString(16).padStart(16, '0');

export class RowSum {
  rows = 0;
  #high = 0n;
  #low = 0n;

  /** `digest`: the SHA-256 of one row. */
  add(digest: Buffer): void {
    this.rows += 1;
    this.#high = (this.#high + digest.readBigUInt64BE(0)) % HALF;
    this.#low = (this.#low + digest.readBigUInt64BE(8)) % HALF;
  }

  checksum(): string {
    return `${hex(this.#high)}${hex(this.#low)}`;
  }
}
