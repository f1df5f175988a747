// The coming week of each schedule as a strip with a mark for each run, and where schedules overlap.
/** @jsxImportSource hono/jsx */

import { addDays, createZone, isZone, type Zone } from '@phraseworks/sdk/zone';
import { count, number } from '../text.ts';
import { exact, inZone } from '../time.tsx';

export interface RunsOf {
  name: string;
  /** Milliseconds since 1970, in order. */
  at: number[];
  /** There are more runs. */
  capped: boolean;
}

interface Mark {
  /** Where it starts and ends on the strip, from 0 to 1. */
  from: number;
  to: number;
  /** The first run in it. */
  at: number;
  runs: number;
  clash: boolean;
}

interface Clash {
  names: string[];
  /** The minutes at which all of them run, in order. */
  at: number[];
}

export interface Week {
  marks: Map<string, Mark[]>;
  /** The most frequent first. */
  clashes: Clash[];
  /** Schedules that run too often to list their overlaps. */
  often: string[];
}

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** Positions on a strip; runs at the same one share a mark. */
const PLACES = 336;
/** The largest gap within a band: two hours, so that an overlap does not split an hourly band. */
const NEAR = 4;

export function weekOf(schedules: readonly RunsOf[], from: number, to: number): Week {
  const hours = (to - from) / HOUR;
  const often = schedules.filter(({ at, capped }) => capped || at.length > hours + 1);
  const clashes = clashesOf(schedules.filter((one) => !often.includes(one)));
  const crowded = new Map<string, Set<number>>();
  for (const { names, at } of clashes) {
    for (const name of names) crowded.set(name, new Set([...(crowded.get(name) ?? []), ...at]));
  }
  return {
    marks: new Map(schedules.map((one) => [one.name, marksOf(one, crowded.get(one.name) ?? new Set(), from, to)])),
    clashes,
    often: often.map(({ name }) => name),
  };
}

const minuteOf = (at: number): number => Math.floor(at / MINUTE) * MINUTE;

function clashesOf(schedules: readonly RunsOf[]): Clash[] {
  const byMinute = new Map<number, Set<string>>();
  for (const { name, at } of schedules) {
    for (const run of at) {
      const minute = minuteOf(run);
      byMinute.set(minute, (byMinute.get(minute) ?? new Set()).add(name));
    }
  }
  const found = new Map<string, Clash>();
  for (const [minute, set] of byMinute) {
    if (set.size < 2) continue;
    const names = [...set].sort();
    const key = names.join('\n');
    const clash = found.get(key) ?? { names, at: [] };
    clash.at.push(minute);
    found.set(key, clash);
  }
  for (const { at } of found.values()) at.sort((a, b) => a - b);
  return [...found.values()].sort((a, b) => b.at.length - a.at.length || (a.at[0] ?? 0) - (b.at[0] ?? 0));
}

/** Neighbouring runs become one band, with overlaps marked on it. The band of a capped list extends to the end. */
function marksOf({ at, capped }: RunsOf, crowded: ReadonlySet<number>, from: number, to: number): Mark[] {
  const calm: Placed[] = [];
  const clashing: Placed[] = [];
  for (const run of at) {
    // The epsilon corrects rounding errors.
    const place = Math.floor(((run - from) / (to - from)) * PLACES + 1e-6);
    if (place < 0 || place >= PLACES) continue;
    const clash = crowded.has(minuteOf(run));
    const marks = clash ? clashing : calm;
    const last = marks.at(-1);
    if (last && place - last.place <= (clash ? 0 : NEAR)) {
      last.place = place;
      last.to = (place + 1) / PLACES;
      last.runs += 1;
    } else {
      marks.push({ from: place / PLACES, to: (place + 1) / PLACES, at: run, runs: 1, clash, place });
    }
  }
  const last = calm.at(-1);
  if (capped && last) last.to = 1;
  return [...calm, ...clashing].map(({ place: _, ...mark }) => mark);
}

type Placed = Mark & { place: number };

const WIDTH = 700;
const HEIGHT = 24;
const MOST_TITLES = 200;

export interface Calendar {
  zone: Zone;
  /** The first midnight, and the last; milliseconds since 1970. */
  from: number;
  to: number;
  now: number;
}

/** UTC if the name is unknown. */
export const zoneOf = (name: string): Zone => createZone(isZone(name) ? name : 'UTC');

/** The start of a day, counted from that of `ms`. */
const startOfDay = (zone: Zone, ms: number, days: number): number => zone.startOf(addDays(zone.dayOf(ms), days));

/** Seven days from the last midnight. */
export const calendarOf = (zone: Zone, now: number): Calendar => ({
  zone,
  from: startOfDay(zone, now, 0),
  to: startOfDay(zone, now, 7),
  now,
});

/** ISO 8601 in UTC. */
// biome-ignore lint/style/noRestrictedGlobals: writes a time, does not ask for it
const iso = (ms: number): string => new Date(ms).toISOString();

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
            <title>{shownAt(at, calendar) + (n === 1 ? '' : `: ${number(n)} runs from here`)}</title>
          </rect>
        ))}
      </svg>
      {runs.at.length === 0 ? <small class="faint">no runs</small> : null}
    </>
  );
}

const midnights = ({ zone, from }: Calendar): number[] => [1, 2, 3, 4, 5, 6].map((day) => startOfDay(zone, from, day));

/** `Wed 25` for each of the seven days. */
export const Days = ({ calendar }: { calendar: Calendar }) => (
  <span class="days" aria-hidden="true">
    {[0, 1, 2, 3, 4, 5, 6].map((day) => (
      <span>{/^\w+,? \d+/.exec(shownAt(startOfDay(calendar.zone, calendar.from, day) + 12 * HOUR, calendar))}</span>
    ))}
  </span>
);

/** `Thu, 26 Nov, 01:00`, with the exact time as a tooltip. */
export const At = ({ ms, zone }: { ms: number; zone: string }) => (
  <time datetime={iso(ms)} title={exact(iso(ms))}>
    {inZone(iso(ms), zone)}
  </time>
);
