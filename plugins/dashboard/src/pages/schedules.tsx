// The schedules: pattern and zone, the next runs, the last one.
/** @jsxImportSource hono/jsx */
import { ActButton } from '../act.tsx';
import { jobPath } from '../address.ts';
import type { ScheduleEntry } from '../api.ts';
import type { Page } from '../layout.tsx';
import { StateMark } from '../state.tsx';
import { exact, inZone, When } from '../time.tsx';
import type { Visit } from '../visit.ts';

export async function schedulesPage(visit: Visit): Promise<Page> {
  const { schedules } = await visit.api.schedules();
  return {
    title: 'Schedules',
    children: (
      <>
        <h1>Schedules</h1>
        {schedules.length === 0 ? (
          <div class="empty">
            <p>No schedules.</p>
            <p>
              A plugin saves one with <code>scheduleJob()</code>; the CMS or a script does it over the HTTP API.
            </p>
          </div>
        ) : (
          <table class="plain roomy">
            <caption class="hidden">Schedules</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Pattern</th>
                <th scope="col">Next run</th>
                <th scope="col">Last run</th>
                <th scope="col">
                  <span class="hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {schedules.map((schedule) => (
                <Row visit={visit} schedule={schedule} />
              ))}
            </tbody>
          </table>
        )}
      </>
    ),
  };
}

function Row({ visit, schedule }: { visit: Visit; schedule: ScheduleEntry }) {
  const { to, now } = visit;
  const { name, type, timezone, paused, lastRun, lastJob } = schedule;
  const on = (step: 'run' | 'pause' | 'resume') => ({ kind: 'schedule', name, step }) as const;
  return (
    <tr>
      <th scope="row">
        {name}
        <small>
          adds <a href={to('/', { type })}>{type}</a>
        </small>
      </th>
      <td data-label="Pattern">
        <code>{schedule.schedule}</code>
        <small>{timezone}</small>
      </td>
      <td data-label="Next run">
        <NextRuns schedule={schedule} now={now} />
      </td>
      <td data-label="Last run">
        {lastRun === null ? <span class="faint">not yet</span> : <When at={lastRun} now={now} />}
        {lastJob === null ? null : (
          <small>
            <a href={to(jobPath(lastJob))}>its job</a>
          </small>
        )}
      </td>
      <td>
        <div class="buttons">
          <ActButton visit={visit} label="Run now" on={on('run')} />
          <ActButton visit={visit} label={paused ? 'Resume' : 'Pause'} on={on(paused ? 'resume' : 'pause')} />
        </div>
      </td>
    </tr>
  );
}

function NextRuns({ schedule, now }: { schedule: ScheduleEntry; now: number }) {
  const { paused, nextRun, nextRuns, timezone } = schedule;
  if (paused) return <StateMark state="paused" />;
  if (nextRun === null) return <span class="faint">none while its plugin is off</span>;
  return (
    <details class="runs">
      <summary>
        <When at={nextRun} now={now} />
      </summary>
      <ol>
        {nextRuns.map((at) => (
          <li>
            <time datetime={at} title={exact(at)}>
              {inZone(at, timezone)}
            </time>
          </li>
        ))}
      </ol>
    </details>
  );
}
