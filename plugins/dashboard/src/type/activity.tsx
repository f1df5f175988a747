// How the jobs of some types are doing over a range: figures and charts, causes of failures, limits and schedules. For the page of a type, and of a plugin.
/** @jsxImportSource hono/jsx */

import type { Failures, LimitInfo, ScheduleInfo } from '@phraseworks/sdk';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { schedulePath } from '../address.ts';
import { Causes, causesOf } from '../list/causes.tsx';
import { Figures, Ranges } from '../metrics/figures.tsx';
import { RANGES, type Range, rangeOf, readHistory } from '../metrics/read.ts';
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
    range,
    types,
    history,
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
      {history === null ? null : <Figures visit={visit} history={history} range={range} isOfOne={types.length < 2} />}
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
