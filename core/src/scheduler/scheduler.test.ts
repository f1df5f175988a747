// Firing on a real database with the real queue: one job per run, whichever process fires, and no run lost that the policy keeps.
import { join } from 'node:path';
import { JobsError, type NewJob, type Schedule, Veto } from '@phraseworks/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { openCore } from '../../test/core-kit.ts';
import { type Fire, scheduleRig } from '../../test/schedule-rig.ts';
import { type Clock, iso } from '../kernel/clock.ts';
import { createLogger } from '../kernel/logger.ts';
import type { Dialect } from '../store/dialect.ts';

const NOON = Date.parse('2026-10-16T12:00:00Z');
const HOUR = 3_600_000;

let time = NOON;
const clock: Clock = { steady: () => 0, now: () => time, after: () => () => {}, soon: (fn) => void setImmediate(fn) };
const lines: string[] = [];
const off = new Set<string | null>();
let veto = false;
let site: Awaited<ReturnType<typeof node>>;

/** On its own database, or together with others on the one of this name. */
async function node(path?: string, wrap: (fire: Fire) => Fire = (fire) => fire) {
  const beforeAdd = async (job: NewJob): Promise<NewJob> => {
    if (veto) throw new Veto('not on Sundays');
    return job;
  };
  const kit = await openCore({ clock, beforeAdd, ...(path === undefined ? {} : { path }) });
  kit.register('report', async () => {});
  const { core, dialect } = kit;
  const log = createLogger('warn', (line) => lines.push(line));
  const fire = wrap((job, about) => core.queue.addTick(job, about));
  const check: typeof core.admission.check = (job, base) => core.admission.check(job, base);
  const { store, scheduler, schedules } = scheduleRig(dialect, clock, {
    fire,
    check,
    log,
    isOn: (plugin) => !off.has(plugin),
  });
  const save = (schedule: Schedule, owner: string | null = null) => schedules.save(owner, schedule);
  return { dialect, store, scheduler, fire, save };
}

const jobs = ({ dialect }: { dialect: Dialect }) =>
  dialect.reader.selectFrom('pwj_jobs').select(['id', 'type', 'schedule']).orderBy('id').execute();
const ticks = async ({ dialect }: { dialect: Dialect }): Promise<string[]> =>
  (await dialect.reader.selectFrom('pwj_ticks').select('tick').orderBy('tick').execute()).map((row) =>
    iso(row.tick).slice(11, 16),
  );
const hourly = { type: 'report', data: { week: 42 }, schedule: '0 * * * *' };

beforeEach(async () => {
  time = NOON;
  lines.length = 0;
  off.clear();
  veto = false;
  site = await node();
});
afterEach(() => site.dialect.close());

describe('a due run', () => {
  it('adds one job, named after its schedule, and the schedule advances', async () => {
    await site.save(hourly, 'shop');
    expect(await site.scheduler.tick()).toBe(0);
    time += HOUR;
    expect(await site.scheduler.tick()).toBe(1);
    expect(await site.scheduler.tick()).toBe(0);
    const [job] = await jobs(site);
    expect(job).toMatchObject({ type: 'report', schedule: 'shop/report' });
    expect(await site.store.get('shop/report')).toMatchObject({
      nextAt: NOON + 2 * HOUR,
      lastAt: NOON + HOUR,
      lastJob: job?.id,
    });
  });

  it('adds no second job if the process died between job and advance', async () => {
    await site.save(hourly);
    time += HOUR;
    await site.fire({ type: 'report', data: {} }, { plugin: null, schedule: 'report', tick: time });
    expect(await site.scheduler.tick()).toBe(0);
    expect(await jobs(site)).toHaveLength(1);
    expect(await site.store.get('report')).toMatchObject({ nextAt: NOON + 2 * HOUR, lastAt: NOON + HOUR });
  });

  it('adds one job if two processes check at the same moment', async () => {
    const folder = await temporaryFolder();
    const [one, two] = [await node(join(folder, 'jobs.db')), await node(join(folder, 'jobs.db'))];
    await one.save(hourly);
    for (let run = 1; run <= 10; run += 1) {
      time += HOUR;
      const [first, second] = await Promise.all([one.scheduler.tick(), two.scheduler.tick()]);
      expect(first + second).toBe(1);
    }
    expect(await jobs(one)).toHaveLength(10);
    await Promise.all([one.dialect.close(), two.dialect.close()]);
  });
});

it('a schedule that may not run now waits while its plugin is off, and applies its policy when the plugin returns', async () => {
  await site.save({ ...hourly, missed: { all: 2 } }, 'shop');
  off.add('shop');
  time += 5 * HOUR + 600_000;
  expect(await site.scheduler.tick()).toBe(0);
  off.clear();
  expect(await site.scheduler.tick()).toBe(2);
  expect(await ticks(site)).toEqual(['16:00', '17:00']);
});

describe('a run that cannot be added', () => {
  const failing =
    (error: () => Error | undefined) =>
    (fire: Fire): Fire =>
    (job, about) => {
      const thrown = about.schedule === 'report' ? error() : undefined;
      return thrown ? Promise.reject(thrown) : fire(job, about);
    };

  it('is kept while the queue is full and logged once, and other schedules run', async () => {
    let full = true;
    const other = await node(
      undefined,
      failing(() => (full ? new JobsError('QUEUE_FULL', 'The queue is full') : undefined)),
    );
    await other.save(hourly);
    await other.save({ ...hourly, name: 'second' });
    time += HOUR;
    expect(await other.scheduler.tick()).toBe(1);
    expect(await other.scheduler.tick()).toBe(0);
    expect(lines).toEqual([
      expect.stringContaining('schedule report: the job could not be added, will try again: The queue is full'),
    ]);
    full = false;
    expect(await other.scheduler.tick()).toBe(1);
    await other.dialect.close();
  });

  it('is where the missed runs continue', async () => {
    let room = 2;
    const other = await node(
      undefined,
      failing(() => (room-- > 0 ? undefined : new JobsError('QUEUE_FULL', 'full'))),
    );
    await other.save({ ...hourly, missed: { all: 4 } });
    time += 6 * HOUR + 600_000;
    expect(await other.scheduler.tick()).toBe(2);
    expect(await other.store.get('report')).toMatchObject({ nextAt: NOON + 5 * HOUR, lastAt: NOON + 4 * HOUR });
    room = 10;
    expect(await other.scheduler.tick()).toBe(2);
    expect(await ticks(other)).toEqual(['15:00', '16:00', '17:00', '18:00']);
    await other.dialect.close();
  });

  it('is skipped with a log line if a plugin refuses it', async () => {
    await site.save(hourly);
    time += HOUR;
    veto = true;
    expect(await site.scheduler.tick()).toBe(0);
    expect(lines).toEqual([
      expect.stringContaining('schedule report: the job was refused, the run is skipped: not on Sundays'),
    ]);
    expect(await site.store.get('report')).toMatchObject({ nextAt: NOON + 2 * HOUR, lastAt: null });
  });

  it('because its time zone is unknown stops no other schedule', async () => {
    await site.save({ ...hourly, name: 'fine' });
    await site.save(hourly);
    await site.dialect.db
      .updateTable('pwj_schedules')
      .set({ timezone: 'Mars/Olympus' })
      .where('key', '=', 'report')
      .execute();
    time += HOUR;
    expect(await site.scheduler.tick()).toBe(1);
    expect(lines).toEqual([
      expect.stringContaining('schedule report: could not compute the run, will try again: This machine'),
    ]);
  });
});

it('ticks older than a week are pruned, except those that a waiting schedule could fire again', async () => {
  await site.save({ ...hourly, missed: { all: 100 } });
  time += 3 * HOUR;
  await site.scheduler.tick();
  await site.fire({ type: 'report', data: {} }, { plugin: null, schedule: 'report', tick: NOON + 4 * HOUR });
  expect(await site.store.pruneTicks(time + 6 * 24 * HOUR)).toBe(0);
  expect(await site.store.pruneTicks(time + 8 * 24 * HOUR)).toBe(3);
  expect(await ticks(site)).toEqual(['16:00']);
});
