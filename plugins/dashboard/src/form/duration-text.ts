// Durations as people type them: `30 s`, `10 minutes`, `2 days`.

const UNITS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  second: 1_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
};

/** Milliseconds, or null when it is no duration with a unit. */
export function durationIn(text: string): number | null {
  const [, digits = '', word = ''] = /^(\d{1,12}) ?([a-z]+)$/i.exec(text.trim()) ?? [];
  const unit = word.toLowerCase();
  const size = UNITS[unit] ?? UNITS[unit.replace(/s$/, '')];
  return size === undefined ? null : Number(digits) * size;
}

/** The text that `durationIn` reads as `ms`: whole units only. */
export function durationText(ms: number): string {
  for (const unit of ['day', 'hour', 'minute', 'second']) {
    const size = UNITS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return ms === size ? `1 ${unit}` : `${ms / size} ${unit}s`;
  }
  return `${ms} ms`;
}
