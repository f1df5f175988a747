// JSON from an argument: the text itself, `-` for standard input, `@file` for a file.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { UsageError } from './command.ts';

/** Throws `UsageError`; `what` names the argument. */
export async function readJson(given: string, what: string, cwd: string): Promise<unknown> {
  const text = await read(given, cwd);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(
      text.trim() === ''
        ? `${what} is empty: give JSON, like '{"to":"ada@example.com"}'.`
        : `${what} is not JSON: put it in single quotes, its keys and texts in double ones.`,
    );
  }
}

async function read(given: string, cwd: string): Promise<string> {
  if (given === '-') return textOf(process.stdin);
  if (!given.startsWith('@')) return given;
  try {
    return await readFile(resolve(cwd, given.slice(1)), 'utf8');
  } catch {
    throw new UsageError('The file after the @ cannot be read.');
  }
}
