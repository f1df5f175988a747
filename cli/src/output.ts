// What a command says: answers on standard output, remarks on standard error; colours and bars on a terminal only.
import { styleText } from 'node:util';
import type { Env } from '@phraseworks/jobs/internals/base';
import type { FieldError } from '@phraseworks/sdk';
import { type Cell, type Style, tableLines } from './table.ts';

/** JSON without the characters that it may leave as they are and that a terminal obeys; it means the same. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(/[\u007f-\u009f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);

export interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface Failure {
  code: string;
  message: string;
  /** The fields that are wrong. */
  errors?: readonly FieldError[];
}

export class Output {
  /** JSON is wanted, and nothing else may be said on standard output. */
  readonly json: boolean;
  /** Somebody looks at standard output now. */
  readonly terminal: boolean;
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  readonly #colour: boolean;
  #passing = false;

  constructor(stdout: Stream, stderr: Stream, env: Env, json: boolean) {
    this.json = json;
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.terminal = stdout.isTTY === true && !json;
    this.#colour = this.terminal && !env.NO_COLOR && env.TERM !== 'dumb';
  }

  /** The one answer: `value` as one line of JSON, or what `lines` says to people. */
  answer(value: unknown, lines: () => void): void {
    if (this.json) this.data(value);
    else lines();
  }

  /** One line for people; nothing with `--json`. */
  line(text = ''): void {
    if (this.json) return;
    this.clear();
    this.#stdout.write(`${text}\n`);
  }

  /** One JSON document on a line of its own; nothing without `--json`. */
  data(value: unknown): void {
    if (this.json) this.#stdout.write(`${jsonText(value)}\n`);
  }

  /** A line as it is, with `--json`, too: for those who write their JSON themselves. */
  plain(text: string): void {
    this.clear();
    this.#stdout.write(`${text}\n`);
  }

  /** A remark beside the answer. */
  note(text: string): void {
    this.clear();
    this.#stderr.write(`${text}\n`);
  }

  /** Why the command failed: a remark for people, and with --json the document that all commands end with then. */
  failed({ code, message, ...more }: Failure, remark = message): void {
    this.note(remark);
    this.data({ error: { code, message, ...more } });
  }

  /** A line that the next one takes the place of; only on a terminal. */
  passing(text: string): void {
    if (!this.terminal) return;
    const width = Math.max((this.#stdout.columns || 80) - 1, 20);
    this.#stdout.write(`\r\u001b[K${text.slice(0, width)}`);
    this.#passing = true;
  }

  table(head: readonly string[], rows: readonly (readonly Cell[])[]): void {
    const width = (this.terminal && this.#stdout.columns) || undefined;
    for (const line of tableLines(head, rows, { width, style: (style, text) => this.style(style, text) }))
      this.line(line);
  }

  style(style: Style, text: string): string {
    // Which stream it is for, we know better than Node does.
    return this.#colour ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Takes back the line that was to be replaced. */
  clear(): void {
    if (!this.#passing) return;
    this.#passing = false;
    this.#stdout.write('\r\u001b[K');
  }
}
