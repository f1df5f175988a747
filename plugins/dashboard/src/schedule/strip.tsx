// The coming week of one schedule as a strip: a mark for each run, a taller one where others run at the same minute.
/** @jsxImportSource hono/jsx */

import { exact, inZone } from '../time.tsx';
import { count, number } from '../wording.ts';
import type { Mark, RunsOf } from './week.ts';
import { DAY, iso, startOfDay, type Zone } from './zone.ts';

const WIDTH = 700;
const HEIGHT = 24;
/** Of a run: its place, and the page about it. */
const MOST_TITLES = 200;

export interface Calendar {
  zone: Zone;
  /** The first midnight, and the last; milliseconds since 1970. */
  from: number;
  to: number;
  now: number;
}

/** Seven days from the last midnight on. */
export const calendarOf = (zone: Zone, now: number): Calendar => ({
  zone,
  from: startOfDay(zone, now),
  to: startOfDay(zone, now, 7),
  now,
});

interface StripProps {
  calendar: Calendar;
  runs: RunsOf;
  marks: readonly Mark[];
}

const shownAt = (ms: number, { zone }: Calendar): string => inZone(iso(ms), zone.name);

export function Strip({ calendar, runs, marks }: StripProps) {
  const { from, to, now } = calendar;
  const clashes = marks.filter(({ clash }) => clash).length;
  const title = `${runs.name}: ${runs.capped ? 'more than ' : ''}${count(runs.at.length, 'run')} in the coming week${clashes === 0 ? '' : `, ${clashes} overlapping`}`;
  const place = (ms: number): number => Math.round(((ms - from) / (to - from)) * WIDTH);
  return (
    <>
      <svg class="strip" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={title}>
        <rect class="past" x="0" y="0" width={place(now)} height={HEIGHT} />
        {midnights(calendar).map((at) => (
          <line class="midnight" x1={place(at)} x2={place(at)} y1="0" y2={HEIGHT} />
        ))}
        {marks.slice(0, MOST_TITLES).map(({ from: start, to: end, at, runs: n, clash }) => (
          <rect
            class={clash ? 'clash' : 'run'}
            x={Math.round(start * WIDTH)}
            y={clash ? 1 : 6}
            width={Math.max(Math.round((end - start) * WIDTH), 4)}
            height={clash ? HEIGHT - 2 : HEIGHT - 12}
          >
            <title>{shownAt(at, calendar) + (n === 1 ? '' : `: ${number(n)} runs from here on`)}</title>
          </rect>
        ))}
      </svg>
      {runs.at.length === 0 ? <small class="faint">no runs</small> : null}
    </>
  );
}

const midnights = ({ zone, from }: Calendar): number[] => [1, 2, 3, 4, 5, 6].map((day) => startOfDay(zone, from, day));

const dayFormats = new Map<string, Intl.DateTimeFormat>();

/** `Wed 25` for each of the seven days. */
export function Days({ calendar }: { calendar: Calendar }) {
  const { zone, from } = calendar;
  let format = dayFormats.get(zone.name);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', timeZone: zone.name });
    dayFormats.set(zone.name, format);
  }
  return (
    <span class="days" aria-hidden="true">
      {[0, 1, 2, 3, 4, 5, 6].map((day) => (
        <span>{format.format(startOfDay(zone, from, day) + DAY / 2)}</span>
      ))}
    </span>
  );
}

/** `Thu, 26 Nov, 01:00` with the exact time beside it. */
export const At = ({ ms, zone }: { ms: number; zone: string }) => (
  <time datetime={iso(ms)} title={exact(iso(ms))}>
    {inZone(iso(ms), zone)}
  </time>
);
