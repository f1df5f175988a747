// Asks a person for a yes.
import { createInterface } from 'node:readline';

/** False for any other answer, and at the end of the input. Rejects with the signal's reason. */
export function ask(
  question: string,
  input: NodeJS.ReadableStream,
  write: (text: string) => unknown,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    // Not as a terminal of its own: Ctrl+C has to stay a signal.
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
