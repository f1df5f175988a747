// The picture formats we read and write: names, extensions, content types and first bytes.

export const FORMATS = ['jpeg', 'png', 'webp', 'avif', 'gif'] as const;
export type Format = (typeof FORMATS)[number];

/** Formats of which we write several frames. */
export const MOVING: ReadonlySet<Format> = new Set(['webp', 'gif']);

/** The extension of files that we name. */
export const EXTENSION: Record<Format, string> = { jpeg: 'jpg', png: 'png', webp: 'webp', avif: 'avif', gif: 'gif' };

/** For a sentence. */
export const EXTENSIONS = '.jpg, .jpeg, .png, .webp, .avif or .gif';

const OF_EXTENSION = new Map<string, Format>([
  ...FORMATS.map((format): [string, Format] => [EXTENSION[format], format]),
  ['jpeg', 'jpeg'],
]);

export const contentType = (format: Format): string => `image/${format}`;

/** The format of a file name's extension, or null. */
export function formatOfName(name: string): Format | null {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? null : (OF_EXTENSION.get(name.slice(dot + 1).toLowerCase()) ?? null);
}

/** The format by the first bytes, since names and content types can lie; null if we do not read that format. */
export function formatOfBytes(bytes: Uint8Array): Format | null {
  const text = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1');
  if (text(0, 3) === '\xff\xd8\xff') return 'jpeg';
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (text(0, 6) === 'GIF87a' || text(0, 6) === 'GIF89a') return 'gif';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp';
  if (text(4, 8) === 'ftyp' && /^(?:.{4})*avi[fs]/s.test(text(8, 12) + text(16, 64))) return 'avif';
  return null;
}
