// What the plugin adds to the site's reports: pictures made, and the bytes that they are smaller than their sources.
import type { Figure } from '@phraseworks/sdk';
import type { Made, Outputs } from './outputs.ts';

const DAY = 86_400_000;
const MAX_DAYS = 62;

/** The figures of a period in milliseconds since 1970, `to` exclusive. */
export async function imageFigures(outputs: Outputs, { from, to }: { from: number; to: number }): Promise<Figure[]> {
  const days = Math.ceil((to - from) / DAY);
  const perDay: Made[] = [];
  if (days <= MAX_DAYS) {
    for (let start = from; start < to; start += DAY) {
      perDay.push(await outputs.madeIn(start, Math.min(start + DAY, to)));
    }
  }
  const whole = await outputs.madeIn(from, to);
  const section = 'Images';
  const of = (pick: (made: Made) => number) =>
    perDay.length > 0 ? { value: pick(whole), days: perDay.map(pick) } : { value: pick(whole) };
  return [
    {
      key: 'image.pictures',
      section,
      label: 'Pictures made',
      unit: 'count',
      better: 'neither',
      ...of((m) => m.pictures),
    },
    { key: 'image.saved', section, label: 'Bytes saved', unit: 'bytes', better: 'more', ...of((m) => m.saved) },
  ];
}
