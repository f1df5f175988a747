// The service Schedules: all schedules, with the rights of who asks.
import {
  type Action,
  fits,
  type Job,
  JobsError,
  type NewJob,
  type Schedule,
  type ScheduleChange,
  type ScheduleDetail,
  type ScheduledJob,
  type ScheduleInfo,
  type Schedules,
  type Subject,
  type Who,
} from '@phraseworks/sdk';
import { runsWithin } from '@phraseworks/sdk/cron';
import { Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { Needing } from '../kernel/container.ts';
import { invalid } from '../kernel/errors.ts';
import { Schedules as AllSchedules, scheduleNotFound } from '../scheduler/schedules.ts';
import { actorOf, type Caller } from './actor.ts';
import { Adding, addedFor } from './adding.ts';
import { Audit } from './audit.ts';
import { Shown } from './shown.ts';

export class GuardedSchedules extends Needing<typeof GuardedSchedules.needs> implements Schedules {
  static readonly needs = {
    all: AllSchedules,
    adding: Adding,
    shown: Shown,
    audit: Audit,
    settings: Settings,
    clock: Clock,
  };

  async list(who: Who): Promise<ScheduleInfo[]> {
    const { where } = await actorOf(who).require('view', 'some');
    const all = await this.needs.all.list();
    if (!where) return all;
    const seen: ScheduleInfo[] = [];
    for (const schedule of all) {
      const detail = await this.needs.all.get(schedule.name);
      if (detail && fits(where, this.#subject(detail))) seen.push(schedule);
    }
    return seen;
  }

  async get(who: Who, name: string): Promise<ScheduleDetail> {
    const actor = actorOf(who);
    return this.needs.shown.schedule(actor, await this.#find(actor, 'view', name));
  }

  async preview(who: Who, times: { schedule: string; timezone?: string | undefined }): Promise<string[]> {
    const actor = actorOf(who);
    await actor.require('view', 'some');
    const runs = this.needs.all.preview(times);
    this.#checkTimes(actor, times.schedule, times.timezone);
    return runs;
  }

  async save(who: Who, schedule: Schedule): Promise<ScheduledJob> {
    const { all, adding, audit } = this.needs;
    const actor = actorOf(who);
    const job = ('jobData' in schedule ? schedule.jobData : schedule) as NewJob;
    const { name = job.type } = schedule;
    await actor.require('administer', {
      ...adding.subject(job),
      ...(schedule.name === undefined ? {} : { schedule: schedule.name }),
    });
    const old = await this.needs.all.get(name);
    if (old) {
      // It would be replaced, so the caller needs the right to change it.
      await actor.require('administer', this.#subject(old));
      if (old.declared) throw configured();
    }
    await adding.check(actor, [job], () => ('jobData' in schedule ? 'jobData.type' : 'type'));
    this.#checkTimes(actor, schedule.schedule, schedule.timezone);
    return audit.done(actor, { action: 'scheduleJob', target: name }, () => all.save(null, schedule, false));
  }

  async change(who: Who, name: string, change: ScheduleChange): Promise<ScheduleDetail> {
    const { all, adding, audit } = this.needs;
    const actor = actorOf(who);
    const { jobData: old, schedule: pattern, timezone } = await this.#find(actor, 'administer', name);
    const { jobData = old, schedule } = change;
    if (change.jobData) await actor.require('administer', { ...adding.subject(jobData), schedule: name });
    // Changing only the time still runs the old job, so it needs the same rights.
    await adding.check(actor, [jobData], () => (change.jobData ? 'jobData.type' : 'schedule'));
    if (schedule !== undefined && schedule !== pattern) this.#checkTimes(actor, schedule, change.timezone ?? timezone);
    return audit.done(actor, { action: 'changeSchedule', target: name }, () => all.change(name, change));
  }

  remove(who: Who, name: string): Promise<void> {
    return this.#act(who, 'administer', 'unscheduleJob', name, () => this.needs.all.remove(name));
  }

  async run(who: Who, name: string): Promise<Job> {
    const { all, adding, shown, audit } = this.needs;
    const actor = actorOf(who);
    const { jobData } = await this.#find(actor, 'operate', name);
    await adding.check(actor, [jobData], () => 'name');
    return audit.done(actor, { action: 'runSchedule', target: name }, async () => {
      const added = await addedFor(actor, async ({ caller }) => [await all.run(name, caller)]);
      return (await shown.added(actor, added))[0] as Job;
    });
  }

  pause(who: Who, name: string): Promise<ScheduleInfo> {
    return this.#act(who, 'operate', 'pauseSchedule', name, () => this.needs.all.pause(name));
  }

  resume(who: Who, name: string): Promise<ScheduleInfo> {
    return this.#act(who, 'operate', 'resumeSchedule', name, () => this.needs.all.resume(name));
  }

  async #act<T>(who: Who, right: Action, action: string, name: string, work: () => Promise<T>): Promise<T> {
    const actor = actorOf(who);
    await this.#find(actor, right, name);
    return this.needs.audit.done(actor, { action, target: name }, work);
  }

  /** Callers who may not see a schedule cannot tell whether it exists. */
  async #find(actor: Caller, action: Action, name: string): Promise<ScheduleDetail> {
    const found = await this.needs.all.get(name);
    await actor.require(action, found ? this.#subject(found) : undefined);
    if (!found) throw scheduleNotFound();
    return found;
  }

  #subject({ name, jobData }: ScheduleDetail): Subject {
    return { ...this.needs.adding.subject(jobData), schedule: name };
  }

  #checkTimes(actor: Caller, schedule: string, timezone: string | undefined): void {
    const { settings, clock } = this.needs;
    const { minInterval } = settings.scheduler;
    if (actor.isSite || !runsWithin(schedule, timezone, clock.now(), minInterval)) return;
    const message = `runs more often than every ${minInterval / 1_000} s: use a longer interval, or lower scheduler.minInterval in the configuration`;
    throw invalid([{ path: 'schedule', message }], 'Invalid schedule: ');
  }
}

const configured = (): JobsError =>
  new JobsError(
    'INVALID_STATE',
    'A schedule of the configuration has this name. Choose another name, or change that schedule with PUT.',
    { errors: [{ path: 'name', message: 'is taken by a schedule of the configuration' }] },
  );
