// Reads JSON that a user typed. The engine's own messages repeat the input, so only the place of the error is taken from them.
export type Read = { value: unknown } | { problem: string };

/** Lines and columns count from 1. */
export function readJson(text: string): Read {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const { message } = error as Error;
    const position = /in JSON at position (\d+)/.exec(message)?.[1];
    if (/^Unexpected end/.test(message) || Number(position) >= text.trimEnd().length)
      return { problem: 'JSON is incomplete.' };
    if (position === undefined) return { problem: 'Invalid JSON.' };
    const before = text.slice(0, Number(position)).split('\n');
    return { problem: `Invalid JSON at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}.` };
  }
}
