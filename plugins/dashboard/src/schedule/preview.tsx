// What a cron expression means, while it is typed: in words, and its next five runs.
/** @jsxImportSource hono/jsx */

import type { FieldError } from '@phraseworks/sdk';
import { refusalOf } from '../refusal.ts';
import { capital } from '../text.ts';
import { At, inZone, msOf } from '../time.tsx';
import type { Asking, Visit } from '../visit.ts';
import { clockNote, zoneOf } from './clock-change.ts';
import { patternText } from './pattern.ts';

export interface NextRuns {
  runs: readonly string[];
  errors: readonly FieldError[];
}

export async function readNextRuns(
  { schedules, actor }: Asking,
  schedule: string,
  timezone: string,
): Promise<NextRuns> {
  if (schedule.trim() === '') return { runs: [], errors: [] };
  const asked = schedules.preview(actor, timezone === '' ? { schedule } : { schedule, timezone });
  const refused = await refusalOf(asked);
  return refused ? { runs: [], errors: refused.errors } : { runs: await asked, errors: [] };
}

interface PreviewProps {
  pattern: string;
  zone: string;
  /** The zone of the reader, if it is known. */
  reader?: string | undefined;
  next: NextRuns;
}

export function Preview({ pattern, zone, reader, next: { runs, errors } }: PreviewProps) {
  if (errors.length > 0) return <span class="error">{errors.map(({ message }) => capital(message)).join('; ')}</span>;
  return (
    <>
      {[patternText(pattern), ...(runs.length === 0 ? [] : [`next runs in ${zone}:`])].filter(Boolean).join('; ')}
      <Runs runs={runs} zone={zone} reader={reader} />
    </>
  );
}

type RunsProps = Pick<PreviewProps, 'zone' | 'reader'> & { runs: readonly string[] };

export function Runs({ runs, zone, reader }: RunsProps) {
  if (runs.length === 0) return null;
  const clocks = zoneOf(zone);
  return (
    <ol class="runs">
      {runs.map((run) => {
        const note = clockNote(msOf(run), clocks);
        return (
          <li>
            <At ms={msOf(run)} zone={zone} />
            {reader === undefined || reader === zone ? null : <small>{` (${inZone(run, reader)} your time)`}</small>}
            {note === undefined ? null : <small class="clocks">{note}</small>}
          </li>
        );
      })}
    </ol>
  );
}

/** For the script. */
export async function nextRunsPart(visit: Visit): Promise<Response> {
  const { query, zone } = visit;
  const { schedule = '', timezone = 'UTC' } = query;
  const next = await readNextRuns(visit, schedule, timezone);
  const part = <Preview pattern={schedule} zone={timezone} reader={zone} next={next} />;
  return new Response(String(part), { headers: { 'Content-Type': 'text/html; charset=utf-8' } });
}
