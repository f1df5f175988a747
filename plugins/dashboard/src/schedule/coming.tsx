// The next runs of a schedule, with what a change of the clocks does to them.
/** @jsxImportSource hono/jsx */

import type { ScheduleEntry } from '../api.ts';
import { msOf, When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { clockNotes, noteText } from './clock-notes.ts';
import { At } from './strip.tsx';
import { zoneOf } from './zone.ts';

export function ComingRuns({ schedule }: { schedule: ScheduleEntry }) {
  const { timezone } = schedule;
  const runs = schedule.nextRuns.map(msOf);
  const notes = clockNotes(runs, zoneOf(timezone), schedule.schedule);
  return (
    <ol class="runs">
      {runs.map((run) => {
        const note = notes.get(run);
        return (
          <li>
            <At ms={run} zone={timezone} />
            {note ? <small class="clocks">{noteText(note)}</small> : null}
          </li>
        );
      })}
    </ol>
  );
}

/** The next run, and those after it when it is opened. */
export function NextRuns({ visit, schedule }: { visit: Visit; schedule: ScheduleEntry }) {
  const { nextRun } = schedule;
  if (nextRun === null) return <span class="faint">Plugin disabled</span>;
  return (
    <details class="coming">
      <summary>
        <When at={nextRun} now={visit.now} due />
      </summary>
      <ComingRuns schedule={schedule} />
    </details>
  );
}
