// The output of a command: answers on standard output, remarks on standard error; colours and progress bars only on a terminal.
import { styleText } from 'node:util';
import { type Env, oneLine } from '@phraseworks/jobs/internals/base';
import type { FieldError, Progress } from '@phraseworks/sdk';

/** JSON that also escapes the control characters that JSON allows but terminals interpret. */
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
  /** Print JSON, and nothing else on standard output. */
  readonly json: boolean;
  /** Standard output is a terminal. */
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

  /** Prints the answer: `value` as JSON with `--json`, otherwise `lines`. */
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

  /** Prints a line even with `--json`, for callers that write their own JSON. */
  plain(text: string): void {
    this.clear();
    this.#stdout.write(`${text}\n`);
  }

  /** A remark beside the answer. */
  note(text: string): void {
    this.clear();
    this.#stderr.write(`${text}\n`);
  }

  /** Prints why the command failed: a remark, and an error document with `--json`. */
  failed({ code, message, ...more }: Failure, remark = message): void {
    this.note(remark);
    this.data({ error: { code, message, ...more } });
  }

  /** Prints a line that the next line replaces; only on a terminal. */
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
    // Node would check the wrong stream.
    return this.#colour ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Removes the line that `passing` printed. */
  clear(): void {
    if (!this.#passing) return;
    this.#passing = false;
    this.#stdout.write('\r\u001b[K');
  }
}

export type Style = Parameters<typeof styleText>[0];
/** A text, or one with a colour. */
export type Cell = string | { text: string; style: Style };

interface Look {
  /** Width of the terminal in columns; undefined: do not cut. */
  width: number | undefined;
  style: (style: Style, text: string) => string;
}

const textOf = (cell: Cell): string => oneLine(typeof cell === 'string' ? cell : cell.text);

/** Aligned rows under a head; cuts the last column to the width of the terminal. */
export function tableLines(head: readonly string[], rows: readonly (readonly Cell[])[], look: Look): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => textOf(row[i] ?? '').length)));
  const last = head.length - 1;
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
  const room = look.width === undefined ? Number.POSITIVE_INFINITY : Math.max(look.width - before, 10);
  const lineOf = (cells: readonly Cell[]): string =>
    head
      .map((_, i) => {
        const cell = cells[i] ?? '';
        const text = i === last ? cut(textOf(cell), room) : textOf(cell).padEnd(widths[i] ?? 0);
        return typeof cell === 'string' ? text : look.style(cell.style, text);
      })
      .join('  ')
      .trimEnd();
  const title = head.map((text) => ({ text, style: 'dim' as const }));
  return [title, ...rows].map(lineOf);
}

/** At most `room` characters; three dots replace the rest. */
export const cut = (text: string, room: number): string =>
  text.length <= room ? text : `${text.slice(0, Math.max(room - 3, 0))}...`;

const WIDTH = 24;

/** `[######------------------]  25 % 2/8 reading`. */
export function bar(progress: Progress): string {
  const full = Math.round((Math.min(Math.max(progress.percentage, 0), 100) / 100) * WIDTH);
  return `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}] ${progressText(progress)}`;
}

/** The same without the bar, for logs. */
export const plainProgress = (progress: Progress): string => progressText(progress).trimStart();

function progressText({ percentage, processed, total, message }: Progress): string {
  const count = processed === undefined ? '' : ` ${processed}${total === undefined ? '' : `/${total}`}`;
  return `${String(Math.round(percentage)).padStart(3)} %${count}${message === undefined ? '' : ` ${oneLine(message)}`}`;
}
