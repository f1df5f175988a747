// Parses and formats durations: '30 days', '12 hours', '10s'. Strict, because a wrong one deletes files.

const UNITS = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
} as const;

const PATTERN = /^([0-9]{1,5})(?: (second|minute|hour|day|week)s?|(s|m|h|d|w))$/;
const SHORT = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' } as const;
const TEN_YEARS = 3_653 * UNITS.day;

/** Milliseconds of `'30 days'` or `'30d'`, or null if it is invalid: refuses a missing unit, signs, fractions, months and years, and more than ten years. */
export function parseDuration(text: string): number | null {
  const match = PATTERN.exec(text);
  if (!match) return null;
  const unit = match[2] ?? SHORT[match[3] as keyof typeof SHORT];
  const ms = Number(match[1]) * UNITS[unit as keyof typeof UNITS];
  return ms > 0 && ms <= TEN_YEARS ? ms : null;
}

/** Short wording: `350 ms`, `12 s`, `3 min`, `2 h`, `5 d`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 2 * UNITS.hour) return `${Math.round(ms / UNITS.minute)} min`;
  if (ms < 2 * UNITS.day) return `${Math.round(ms / UNITS.hour)} h`;
  return `${Math.round(ms / UNITS.day)} d`;
}

/** Replaces control characters, line and paragraph separators and text direction marks with spaces. Pure. */
export const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();

/** `980 B`, `41 kB`, `3.1 MB`, `2.4 GB`. */
export function readableBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for HTML, SVG and XML, also for attributes in quotes. Control characters go: no document may hold them. */
export const escapeMarkup = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '').replace(/[^\P{Cc}\n\t]/gu, '');
