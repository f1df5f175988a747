// Makes a report: reads the figures, composes the sections, writes the files.
import type { Figures, HooksApi, JobsApi, PluginClock } from '@phraseworks/sdk';
import { isDay, parseInstant, type Zone } from '@phraseworks/sdk/zone';
import type { Config } from './config.ts';
import { checkSections, type Report, type Section } from './content/model.ts';
import { compose, type Facts, standardSections } from './content/standard.ts';
import { FORMATS, type Format, type ReportData, ReportFailure, type ReportFile } from './data.ts';
import type { Disks } from './figures/disk.ts';
import { otherFigures } from './figures/others.ts';
import { readFigures } from './figures/read.ts';
import { EXTENSION, type Files, stemOf } from './files.ts';
import { toCsv } from './render/csv.ts';
import { toHtml } from './render/html.ts';
import { toText } from './render/text.ts';
import type { ReportType, Types } from './report-types.ts';
import { modelName, type Run, type Runs } from './runs.ts';
import { type Period, periodAt } from './time.ts';

export interface MakeParts extends Pick<HooksApi, 'applyFilters'>, Pick<JobsApi, 'getJobStatus'> {
  config: Config;
  zone: Zone;
  clock: PluginClock;
  /** Undefined while nothing provides it. */
  figures: () => Figures | undefined;
  types: Types;
  disks: Disks;
  files: Files;
  runs: Runs;
}

export interface Made {
  run: Run;
  report: Report;
}

/** The formats that the job names; null if it names none. */
export const formatsOf = ({ format }: ReportData): Format[] | null =>
  format === undefined ? null : Array.isArray(format) ? format : [format];

export function createMake(parts: MakeParts) {
  const { config, zone, clock, types, files, runs } = parts;

  /** The time that a report is about: the same for all attempts of a job. */
  async function timeOf({ at }: ReportData, jobId: string): Promise<number> {
    if (at !== undefined && isDay(at)) return zone.startOf(at);
    const instant = parseInstant(at ?? (await parts.getJobStatus(jobId))?.createdAt ?? '');
    return instant ?? clock.now();
  }

  async function factsOf(period: Period): Promise<Facts> {
    const service = parts.figures();
    const figures = service === undefined ? null : await readFigures(service, period, zone);
    const others = await otherFigures(parts.applyFilters, period);
    const disks = await parts.disks.now(period.before.days);
    return { period, figures, others, disks };
  }

  async function sectionsOf(type: ReportType, facts: Facts): Promise<Section[]> {
    const standard = standardSections(facts, zone);
    if (!type.sections) return standard;
    const { from, to, label, before } = facts.period;
    const about = { from, to, label, before: { from: before.from, to: before.to, label: before.label } };
    return checkSections(await type.sections(standard, about));
  }

  async function write(report: Report, stem: string, formats: readonly Format[]): Promise<ReportFile[]> {
    const content: Record<Format, () => string> = {
      html: () => toHtml(report),
      text: () => toText(report),
      csv: () => toCsv(report),
    };
    const made: ReportFile[] = [];
    for (const format of formats) {
      const name = `${stem}.${EXTENSION[format]}`;
      made.push({ format, name, bytes: await files.write(name, content[format]()) });
    }
    await files.write(modelName(made), JSON.stringify(report));
    return made;
  }

  /** The report of an earlier attempt: a retry must send the same one. */
  async function found(jobId: string): Promise<Made | null> {
    const run = await runs.find(jobId);
    const model = run ? await files.read(modelName(run.files)) : null;
    return run && model ? { run, report: JSON.parse(model.toString('utf8')) as Report } : null;
  }

  return async function make(data: ReportData, jobId: string, progress: (percentage: number) => void): Promise<Made> {
    const known = await found(jobId);
    if (known) return known;
    const type = types.find(data.type);
    if (!type) throw new ReportFailure('UNKNOWN_REPORT', 'no running plugin has a report of this type');
    const wanted = formatsOf(data);

    const period = periodAt(type.every, await timeOf(data, jobId), zone, data.period);
    const facts = await factsOf(period);
    progress(40);
    const madeAt = clock.now();
    const frame = { site: config.site, title: type.title, zone, madeAt };
    const report = compose(facts, frame, await sectionsOf(type, facts));
    const day = period.days[0] ?? '';
    // The page is always made, because the list links to it.
    const formats = FORMATS.filter((format) => format === 'html' || (wanted?.includes(format) ?? true));
    const run: Run = {
      id: jobId,
      type: data.type,
      title: type.title,
      label: report.label,
      from_day: day,
      made_at: madeAt,
      files: await write(report, stemOf(data.type, day, jobId), formats),
      empty: report.empty,
      sent: 0,
      recipients: data.recipients?.length ?? 0,
      reason: '',
    };
    await runs.add(run);
    await runs.prune(data.type, config.keep);
    progress(60);
    return { run, report };
  };
}
