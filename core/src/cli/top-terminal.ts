// The terminal while `top` has it: whole screens in place of each other, and single keys.

export interface KeyInput {
  isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (bytes: Buffer) => void): unknown;
  off(event: 'data', listener: (bytes: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface ScreenOutput {
  write(text: string): unknown;
  columns?: number;
  rows?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** The other screen of the terminal, without a cursor; and back. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const END_OF_LINE = '\u001b[K';
const BELOW = '\u001b[J';
const CTRL_C = '\u0003';

export class TopTerminal implements Disposable {
  readonly #input: KeyInput;
  readonly #output: ScreenOutput;
  readonly #onBytes: (bytes: Buffer) => void;
  readonly #onResize: () => void;

  /** `onKey` hears single keys, Ctrl+C as `q`. */
  constructor(input: KeyInput, output: ScreenOutput, onKey: (key: string) => void, onResize: () => void) {
    this.#input = input;
    this.#output = output;
    this.#onBytes = (bytes) => {
      for (const key of String(bytes)) onKey(key === CTRL_C ? 'q' : key.toLowerCase());
    };
    this.#onResize = onResize;
    output.write(ENTER);
    output.on('resize', onResize);
    if (input.isTTY) input.setRawMode?.(true);
    input.on('data', this.#onBytes);
    input.resume();
  }

  get size(): { width: number; height: number } {
    return { width: this.#output.columns || 80, height: this.#output.rows || 24 };
  }

  /** In one write, over what stands there: nothing is wiped before it is drawn. */
  draw(lines: readonly string[]): void {
    this.#output.write(`${HOME}${lines.map((line) => `${line}${END_OF_LINE}`).join('\r\n')}${BELOW}`);
  }

  [Symbol.dispose](): void {
    this.#input.off('data', this.#onBytes);
    if (this.#input.isTTY) this.#input.setRawMode?.(false);
    this.#input.pause();
    this.#output.off('resize', this.#onResize);
    this.#output.write(LEAVE);
  }
}
