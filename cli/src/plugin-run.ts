// One call of a plugin's command: its output and questions, its signal, and its exit code.
import { createInterface } from 'node:readline';
import { messageOf } from '@phraseworks/jobs/internals/base';
import { type CommandArguments, type CommandIo, JobsError } from '@phraseworks/sdk';
import { UsageError } from './arguments.ts';
import type { Client } from './client.ts';
import type { Call } from './command.ts';
import { bar, type Output, plainProgress } from './output.ts';
import type { OwnedCommand } from './plugin-commands.ts';
import { SIGNAL_CODES } from './signals.ts';

/** The first signal aborts the command; the second one ends the process. */
export async function runOfPlugin(
  { plugin, command, enter }: OwnedCommand,
  call: Call,
  { access, me }: Client,
): Promise<number> {
  const { out, args, values } = call;
  const stop = new AbortController();
  let stopped: number | undefined;
  const heard = (signal: keyof typeof SIGNAL_CODES): void => {
    stopped ??= SIGNAL_CODES[signal];
    listen('off');
    out.note('Stopping. Press Ctrl+C again to stop immediately.');
    stop.abort();
  };
  const listen = (how: 'on' | 'off'): void => {
    process[how]('SIGINT', heard as NodeJS.SignalsListener);
    process[how]('SIGTERM', heard as NodeJS.SignalsListener);
  };
  const given: CommandArguments = {
    positionals: [...args],
    options: Object.fromEntries(Object.keys(command.options ?? {}).map((name) => [name, values[name]])),
  };
  const audit = (what: string) => access.audit.add(me, { action: 'pluginCommand', target: what });
  const io = ioOf(out, stop.signal, Boolean(values.yes), audit);
  listen('on');
  try {
    const code = await enter(async () => command.run(given, io));
    if (code === undefined) return stopped ?? 0;
    if (Number.isInteger(code) && code >= 0 && code <= 255) return code;
    out.failed({
      code: 'FAILED',
      message: `The command of the plugin "${plugin}" must return an exit code from 0 to 255, or nothing.`,
    });
    return 1;
  } catch (error) {
    if (stopped !== undefined) {
      out.note('Stopped.');
      return stopped;
    }
    if (isOurs(error) || isMistake(error)) throw error;
    const message = messageOf(error);
    const code = codeOf(error);
    if (code === null) out.failed({ code: 'FAILED', message });
    else out.failed({ code, message }, message.startsWith(code) ? message : `${code}: ${message}`);
    return 1;
  } finally {
    listen('off');
    out.clear();
  }
}

/** The code of the error, from the plugin, a library or the system: `NO_SPACE`, `ENOENT`. */
function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,59}$/.test(code) ? code : null;
}

const isOurs = (error: unknown): boolean => error instanceof UsageError || error instanceof JobsError;

/** A bug in the plugin's code, which needs its stack. */
const isMistake = (error: unknown): boolean =>
  [TypeError, ReferenceError, RangeError, SyntaxError].some((kind) => error instanceof kind);

function ioOf(out: Output, signal: AbortSignal, yes: boolean, audit: CommandIo['audit']): CommandIo {
  let lastTenth = -1;
  return {
    out: (line) => out.plain(line),
    err: (line) => out.note(line),
    json: out.json,
    audit,
    isTerminal: out.terminal,
    progress: (fraction, message) => {
      const share = Number.isFinite(fraction) ? Math.min(Math.max(fraction, 0), 1) : 0;
      const progress = { percentage: share * 100, ...(message === undefined ? {} : { message }) };
      if (out.terminal) return out.passing(bar(progress));
      const tenth = Math.floor(share * 10);
      if (tenth !== lastTenth) out.line(plainProgress(progress));
      lastTenth = tenth;
    },
    confirm: async (question) => {
      if (yes) return true;
      if (!process.stdin.isTTY || out.json)
        throw new UsageError('This command asks for confirmation, and standard input is not a terminal: pass --yes.');
      out.clear();
      return ask(question, process.stdin, (text) => process.stderr.write(text), signal);
    },
    signal,
  };
}

/** Asks a yes-or-no question: false for any answer but yes, and at the end of the input. Rejects with the signal's reason. */
export function ask(
  question: string,
  input: NodeJS.ReadableStream,
  write: (text: string) => unknown,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    // Not as a terminal, so that Ctrl+C stays a signal.
    const lines = createInterface({ input, terminal: false });
    const stop = (): void => {
      reject(signal.reason);
      lines.close();
    };
    signal.addEventListener('abort', stop);
    lines.once('line', (line) => {
      resolve(/^y(es)?$/i.test(line.trim()));
      lines.close();
    });
    lines.once('close', () => {
      signal.removeEventListener('abort', stop);
      resolve(false);
    });
    write(`${question} [y/N] `);
  });
}
