// The types of reports: three of our own, and those that other plugins register.
import type { Dispose } from '@phraseworks/sdk';
import { JobsError, token } from '@phraseworks/sdk';
import type { Awaitable } from '@phraseworks/sdk/host';
import type { Section } from './content/model.ts';
import { TYPE_NAME } from './data.ts';
import type { Every } from './time.ts';

/** What a report is about. Milliseconds since 1970; `to` is exclusive. */
export interface ReportSpan {
  from: number;
  to: number;
  label: string;
}

export interface ReportType {
  /** Lower-case letters, digits, dashes and underscores; at most 50. */
  type: string;
  /** Heading and subject: `Weekly report`. */
  title: string;
  every: Every;
  /** Returns its sections, given those of the standard report, which are the default. */
  sections?(standard: Section[], about: ReportSpan & { before: ReportSpan }): Awaitable<Section[]>;
}

/** `needs: { reports: optional(ReportTypes) }`, and `ctx.needs.reports?.register({ ... })` when it is on. */
export interface ReportTypes {
  /** Returns a function that removes it. Throws `INVALID_DATA` if the type exists or is invalid. */
  register(type: ReportType): Dispose;
}

export const ReportTypes = token<ReportTypes>('report/types');

const OWN: readonly ReportType[] = [
  { type: 'daily_summary', title: 'Daily summary', every: 'day' },
  { type: 'weekly_analytics', title: 'Weekly report', every: 'week' },
  { type: 'monthly_summary', title: 'Monthly summary', every: 'month' },
];

const wrong = (message: string): never => {
  throw new JobsError('INVALID_DATA', message);
};

export function createTypes() {
  const types = new Map(OWN.map((one) => [one.type, one]));
  return {
    find: (type: string): ReportType | undefined => types.get(type),
    names: (): string[] => [...types.keys()],
    register(given: ReportType): Dispose {
      const { type, title, every, sections } = given;
      if (!TYPE_NAME.test(type))
        wrong('type must be 1 to 50 of a-z, 0-9, dash and underscore, and begin with a letter');
      if (types.has(type)) wrong('a report of this type already exists');
      if (typeof title !== 'string' || !/^\P{Cc}{1,80}$/u.test(title))
        wrong('title must be one line of 1 to 80 characters');
      if (!['day', 'week', 'month'].includes(every)) wrong("every must be 'day', 'week' or 'month'");
      if (sections !== undefined && typeof sections !== 'function') wrong('sections must be a function');
      const entry = { ...given };
      types.set(type, entry);
      return () => {
        if (types.get(type) === entry) types.delete(type);
      };
    },
  };
}

export type Types = ReturnType<typeof createTypes>;
