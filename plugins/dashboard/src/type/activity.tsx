// How the jobs of some types are doing over a range: figures and charts, causes of failures, limits and schedules. For the page of a type, and of a plugin.
/** @jsxImportSource hono/jsx */

import { type Failures, formatDuration, type LimitInfo, type ScheduleInfo } from '@phraseworks/sdk';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { schedulePath } from '../address.ts';
import { Causes, causesOf } from '../list/causes.tsx';
import { RANGES, type Range, rangeOf, readHistory } from '../metrics/read.ts';
import { TypesTable } from '../metrics/types-table.tsx';
import { Charts, Off, Ranges } from '../pages/metrics.tsx';
import { Facts, linksTo } from '../parts.tsx';
import { ifThere } from '../refusal.ts';
import type { Visit } from '../visit.ts';

export interface Activity {
  range: Range;
  types: readonly string[];
  /** Undefined while the plugin metrics is off; null for those who may not see all jobs. */
  history: MetricsHistory | undefined | null;
  failures: Failures;
  limits: LimitInfo[];
  schedules: ScheduleInfo[];
}

/** More are not read together. */
const MOST_TYPES = 100;

export async function readActivity(visit: Visit, types: readonly string[]): Promise<Activity> {
  const { actor, now, query } = visit;
  const range = rangeOf(query.range);
  const isOwn = ({ type }: { type: string }) => types.includes(type);
  const [history, failures, limits, schedules] = await Promise.all([
    ifThere(readHistory(visit, range, types.slice(0, MOST_TYPES)), 'FORBIDDEN', null),
    visit.jobs.failures(actor, { from: now - RANGES[range] * 60_000 }),
    ifThere(visit.limits.list(actor), 'FORBIDDEN', []),
    ifThere(visit.schedules.list(actor), 'FORBIDDEN', []),
  ]);
  return {
    ...{ range, types, history },
    failures,
    limits: limits.filter((limit) => limit.types.some(isOwn)),
    schedules: schedules.filter(isOwn),
  };
}

export function Activity({ visit, activity }: { visit: Visit; activity: Activity }) {
  const { to } = visit;
  const { range, types, history, limits, schedules } = activity;
  return (
    <section class="activity" aria-labelledby="activity">
      <header class="head">
        <h2 id="activity">Activity</h2>
        <Ranges visit={visit} range={range} />
      </header>
      {history === null ? null : history === undefined ? (
        <Off visit={visit} />
      ) : (
        <>
          <Durations total={history.total} />
          <Charts history={history} range={range} zone={visit.zone ?? 'UTC'} />
          {types.length < 2 ? null : <TypesTable visit={visit} byType={history.byType} range={range} />}
        </>
      )}
      <Causes
        visit={visit}
        state="failed"
        {...causesOf(activity.failures, (type) => types.includes(type), { by: 'ended', within: range })}
      />
      <Facts
        rows={[
          ['Limits', linksTo(limits.map(({ name }) => [name, `${to('/limits')}#limit-${name}`]))],
          ['Schedules', linksTo(schedules.map(({ name }) => [name, to(schedulePath(name))]))],
        ]}
      />
    </section>
  );
}

/** How long attempts waited and ran. */
function Durations({ total }: { total: MetricsHistory['total'] }) {
  if (total.runP50 === null) return null;
  const text = (...shares: (number | null)[]): string => {
    const [median, p95, p99] = shares.map((ms) => formatDuration(ms ?? 0));
    return `median ${median}, p95 ${p95}, p99 ${p99}`;
  };
  return (
    <>
      <Facts
        rows={[
          ['Wait', text(total.waitP50, total.waitP95, total.waitP99)],
          ['Run', text(total.runP50, total.runP95, total.runP99)],
        ]}
      />
      <p class="faint">
        Estimates: attempts, retries too, are counted in steps of length (1, 1.5, 2, 3, 5, 7, 10 s and so on).
      </p>
    </>
  );
}
