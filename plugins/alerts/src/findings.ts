// Finds failed types, missed schedules and overdue successes in the stored data.
import type { EndedJob, JobsApi, Monitor, QueueMetrics, ScheduleInfo, Schedules } from '@phraseworks/sdk';
import { maskText } from '@phraseworks/sdk/secrets';
import { badSince, causeId, type Detail, type Finding, good } from './cause.ts';
import { type AlertsConfig, DEFAULT_SUCCESS, ms, type SuccessRule } from './config.ts';
import type { Store } from './store.ts';
import type { CauseRow } from './tables.ts';

export interface Look {
  now: number;
  causes: ReadonlyMap<string, CauseRow>;
  metrics: QueueMetrics;
  /** Ignore everything earlier. */
  since: number;
}

interface FindingsParts {
  config: AlertsConfig;
  monitor: Pick<Monitor, 'ended'>;
  schedules: Pick<Schedules, 'list'>;
  store: Pick<Store, 'own'>;
  getJobStatus: JobsApi['getJobStatus'];
  /** What is wrong beside the jobs. */
  system: (look: Look) => Promise<Finding[]>;
  iso: (ms: number) => string;
}

/** Failed jobs that are counted. */
const MOST = 2_000;
const OWN_TYPE = 'alert_webhook';

/** What an alert is about: a type, or the jobs that a schedule adds. A type has no spaces. */
const subjectOf = (type: string, schedule: string | null): string =>
  schedule === null ? type : `${type} (${schedule})`;
/** Of the subject of a failure. */
export const typeOf = (subject: string): string => subject.split(' ', 1)[0] ?? subject;
const scheduleOf = (subject: string): string | null => / \((.+)\)$/s.exec(subject)?.[1] ?? null;

// biome-ignore lint/style/noRestrictedGlobals: it reads a time that is stored, and asks for none
const time = (text: string | null): number | null => (text === null ? null : Date.parse(text));

export function createFindings({ config, monitor, schedules: site, store, getJobStatus, system, iso }: FindingsParts) {
  /** Failed jobs of each type at the last look, and the last finished job of each schedule. */
  const failedBefore = new Map<string, number>();
  const over = new Map<string, string>();

  const ruleFor = (type: string) => config.failed.find((rule) => rule.type === type || rule.type === '*');

  async function withoutOwn(jobs: EndedJob[]): Promise<EndedJob[]> {
    const own = await store.own(jobs.map(({ id }) => id));
    return jobs.filter(({ id }) => !own.has(id));
  }

  /** The failed jobs of a type, those of each schedule apart: a later success of another schedule says nothing about them. */
  async function failedType(type: string, look: Look): Promise<Finding[]> {
    const { now, causes, since } = look;
    const rule = ruleFor(type);
    if (!rule || rule.count === 0) return [];
    const open = [...causes.values()].filter(
      (row) => row.rule === 'failed' && row.open && typeOf(row.subject) === type,
    );
    const recent = Math.max(since, now - ms(rule.within));
    const from = Math.min(recent, ...open.map((row) => row.since));
    const bySubject = new Map<string, EndedJob[]>(open.map((row) => [row.subject, []]));
    for (const job of await withoutOwn(await monitor.ended({ type, state: 'failed', since: from, limit: MOST }))) {
      const subject = subjectOf(type, job.schedule);
      bySubject.set(subject, [...(bySubject.get(subject) ?? []), job]);
    }
    const found = [...bySubject].map(([subject, jobs]) => failedSubject(subject, jobs, rule, look));
    return (await Promise.all(found)).flatMap((finding) => finding ?? []);
  }

  async function failedSubject(
    subject: string,
    ended: readonly EndedJob[],
    rule: AlertsConfig['failed'][number],
    { now, causes, since }: Look,
  ): Promise<Finding | null> {
    const row = causes.get(causeId('failed', subject));
    const [type, schedule] = [typeOf(subject), scheduleOf(subject)];
    const within = ms(rule.within);
    const from = row?.open ? row.since : Math.max((row?.seen ?? since - 1) + 1, now - within);
    const jobs = ended.filter((job) => job.at >= from);
    const at = Math.max(row?.seen ?? 0, ...jobs.map((job) => job.at));
    const recent = jobs.filter((job) => job.at >= now - within).length;
    let bad = recent >= rule.count;
    if (row?.open && (rule.count === 1 || !bad)) {
      const query = { type, state: 'completed', schedule, since: at + 1, limit: 50 } as const;
      bad = (await withoutOwn(await monitor.ended(query))).length === 0;
    }
    const newest = jobs.reduce<EndedJob | undefined>(
      (last, job) => (last && last.at >= job.at ? last : job),
      undefined,
    );
    if (!newest && !row?.open) return null;
    const known = row ? JSON.parse(row.detail) : undefined;
    const error = newest?.error ?? newest?.reason;
    const which = schedule === null ? '' : ` of the schedule ${schedule}`;
    return {
      rule: 'failed',
      subject,
      bad,
      since: row?.open ? row.since : Math.min(...jobs.map((job) => job.at)),
      at,
      count: jobs.length,
      detail: newest
        ? {
            what: `Jobs of the type ${type}${which} failed for good.`,
            ...(error ? { error: maskText(error) } : {}),
            job: newest.id,
          }
        : known,
    };
  }

  /** Types with a changed number of failed jobs, a failure event, or an open alert. */
  async function failed(look: Look, heard: ReadonlySet<string>): Promise<Finding[]> {
    const open = [...look.causes.values()].filter((row) => row.rule === 'failed' && row.open);
    const changed = Object.entries(look.metrics.types)
      .filter(([type, { failed: n }]) => n > 0 && failedBefore.get(type) !== n)
      .map(([type]) => type);
    const found: Finding[] = [];
    for (const type of new Set([...open.map((row) => typeOf(row.subject)), ...changed, ...heard])) {
      if (type !== OWN_TYPE) found.push(...(await failedType(type, look)));
      failedBefore.set(type, look.metrics.types[type]?.failed ?? 0);
    }
    return found;
  }

  const fits = ({ result }: SuccessRule, job: EndedJob): boolean =>
    result === undefined ||
    Object.entries(result).every(([key, value]) => (job.result as Record<string, unknown> | null)?.[key] === value);

  async function success(rule: SuccessRule, { now, causes, since }: Look): Promise<Finding> {
    const asked = rule.result === undefined ? '' : ` with ${JSON.stringify(rule.result)}`;
    const subject = `${subjectOf(rule.type, rule.schedule ?? null)}${asked}`;
    const row = causes.get(causeId('success', subject));
    const begun = row?.good_at ?? Math.max(since, row?.since ?? now);
    const jobs = await monitor.ended({
      type: rule.type,
      state: 'completed',
      ...(rule.schedule === undefined ? {} : { schedule: rule.schedule }),
      since: begun + 1,
      limit: 20,
    });
    const goodAt = Math.max(begun, ...jobs.filter((job) => fits(rule, job)).map((job) => job.at));
    const at = goodAt + ms(rule.within);
    const what = `No job of the type ${subject} has succeeded for ${rule.within}: the last time was before ${iso(goodAt + 1)}.`;
    return { ...badSince('success', subject, at, { what }), bad: now > at, goodAt };
  }

  async function successes(look: Look, schedules: readonly ScheduleInfo[]): Promise<Finding[]> {
    const there = ({ type }: SuccessRule) =>
      look.metrics.types[type] !== undefined ||
      schedules.some((schedule) => schedule.type === type) ||
      [...look.causes.values()].some((row) => row.rule === 'success' && row.subject.startsWith(type));
    const rules = config.success ?? DEFAULT_SUCCESS.filter(there);
    const found: Finding[] = [];
    for (const rule of rules) found.push(await success(rule, look));
    return found;
  }

  async function schedule(one: ScheduleInfo, expected: number | undefined, { now, causes }: Look): Promise<Finding> {
    const { name, type, lastJob } = one;
    const [nextRun, lastRun] = [time(one.nextRun), time(one.lastRun)];
    const row = causes.get(causeId('schedule', name));
    const bad = (since: number, what: string, more: Partial<Detail> = {}) =>
      badSince('schedule', name, since, { what, ...more });
    // Paused, or its plugin is off.
    if (nextRun === null) return good('schedule', name);
    if (now - nextRun > ms(config.schedules.late))
      return bad(
        nextRun,
        `The schedule ${name} should have added a job of the type ${type} at ${iso(nextRun)}, but did not.`,
      );
    if (expected !== undefined && expected <= now && nextRun !== expected && (lastRun ?? 0) < expected)
      return bad(
        expected,
        `The schedule ${name} skipped its run at ${iso(expected)}: no job of the type ${type} was added.`,
      );
    // It has not run since.
    if (row?.open && (lastRun ?? 0) < row.seen) return bad(row.seen, JSON.parse(row.detail).what);
    if (
      lastJob !== null &&
      lastRun !== null &&
      now - lastRun > ms(config.schedules.waiting) &&
      over.get(name) !== lastJob
    ) {
      const job = await getJobStatus(lastJob);
      if (job?.status === 'pending' || job?.status === 'parked')
        return bad(
          lastRun,
          `The job that the schedule ${name} added at ${iso(lastRun)} has not run yet: it is ${job.status}.`,
          { job: lastJob },
        );
      if (job?.status !== 'processing') over.set(name, lastJob);
    }
    return good('schedule', name);
  }

  return {
    /** `runs`: the next run of each schedule at the last look; answers those of this one, too. */
    async all(look: Look, heard: ReadonlySet<string>, runs: Readonly<Record<string, number>>) {
      const schedules = (await site.list('system')).filter(({ name }) => !config.schedules.except.includes(name));
      const found = [...(await failed(look, heard)), ...(await successes(look, schedules)), ...(await system(look))];
      const next: Record<string, number> = {};
      for (const one of schedules) {
        found.push(await schedule(one, runs[one.name], look));
        const at = time(one.nextRun);
        if (at !== null) next[one.name] = at;
      }
      // A removed schedule has no run to wait for.
      for (const row of look.causes.values())
        if (row.rule === 'schedule' && row.open && !schedules.some(({ name }) => name === row.subject))
          found.push(good('schedule', row.subject));
      return { found, runs: next };
    },
  };
}
