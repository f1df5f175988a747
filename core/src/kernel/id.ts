// UUIDv7 (RFC 9562): 48 bits of milliseconds, a counter that keeps the ids of a process ascending, and 62 random bits.
import type { Clock, Random } from './clock.ts';

const POOL = 4_096;
const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
const LAST_COUNT = 0xfff;
const PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Of any version. */
export const isUuid = (text: string): boolean => UUID.test(text);

export const isId = (text: unknown): boolean => typeof text === 'string' && PATTERN.test(text);

/** The smallest id of a millisecond; ids sort by time. */
export function idFrom(ms: number): string {
  const text = Math.max(0, Math.min(ms, 2 ** 48 - 1))
    .toString(16)
    .padStart(12, '0');
  return `${text.slice(0, 8)}-${text.slice(8)}-7000-8000-000000000000`;
}

/** The millisecond in which an id was made. */
export const timeIn = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

export class Ids {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #pool = new Uint8Array(POOL);
  #used = POOL;
  #ms = 0;
  #count = 0;
  #head = '';

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  next(): string {
    this.#advance();
    if (this.#used + 8 > POOL) {
      this.#random.bytes(this.#pool);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += 8;
    const hex = (i: number): string => HEX[this.#pool[at + i] as number] as string;
    const variant = HEX[((this.#pool[at] as number) & 0x3f) | 0x80] as string;
    const count = `${HEX[0x70 | (this.#count >> 8)]}${HEX[this.#count & 0xff]}`;
    return `${this.#head}-${count}-${variant}${hex(1)}-${hex(2)}${hex(3)}${hex(4)}${hex(5)}${hex(6)}${hex(7)}`;
  }

  /** Ids keep ascending even if the clock stops or goes back. */
  #advance(): void {
    const now = this.#clock.now();
    if (now > this.#ms) {
      this.#setTime(now);
      this.#count = 0;
    } else if (this.#count < LAST_COUNT) this.#count += 1;
    else {
      this.#setTime(this.#ms + 1);
      this.#count = 0;
    }
  }

  #setTime(ms: number): void {
    this.#ms = ms;
    const text = ms.toString(16).padStart(12, '0');
    this.#head = `${text.slice(0, 8)}-${text.slice(8)}`;
  }
}
