// Reads JSON that a user typed, and locates the first error. The engine's own messages repeat the input and do not always name a place.
export type Read = { value: unknown } | { problem: string };

/** Lines and columns count from 1. */
export function readJson(text: string): Read {
  try {
    return { value: JSON.parse(text) };
  } catch {
    const at = firstWrong(text);
    if (at >= text.trimEnd().length) return { problem: 'JSON is incomplete.' };
    const before = text.slice(0, at).split('\n');
    return { problem: `Invalid JSON at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}.` };
  }
}

/** The last character of the shortest beginning that is wrong, whatever follows. */
function firstWrong(text: string): number {
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isWrong(text.slice(0, middle + 1))) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** False for the beginning of something right. */
function isWrong(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    const { message } = error as Error;
    const at = /at position (\d+)/.exec(message)?.[1];
    return at === undefined ? !message.startsWith('Unexpected end') : Number(at) < text.length;
  }
}
