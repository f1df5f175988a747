// The names and types that strangers give their files, made harmless.
const LONGEST = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: this removes control characters
const UNWANTED = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff<>:"/\\|?*]/g;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;

/** The last part of the name, without characters that could harm a path, a terminal or a reader; `file` if nothing remains. */
export function safeName(name: string | undefined): string {
  const last = (name ?? '').normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = last.replace(UNWANTED, '').replace(/^[. ]+|[. ]+$/g, '');
  const points = [...clean];
  return points.length <= LONGEST
    ? clean || 'file'
    : points
        .slice(-LONGEST)
        .join('')
        .replace(/^[. ]+/, '');
}

/** The media type in lower case; `application/octet-stream` for anything that does not look like one. */
export function safeType(type: string | undefined): string {
  const lower = (type ?? '').toLowerCase();
  return MEDIA_TYPE.test(lower) ? lower : 'application/octet-stream';
}
