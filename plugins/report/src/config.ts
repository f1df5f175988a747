// The configuration of the plugin.
import { isZone } from '@phraseworks/sdk/zone';
import { z } from 'zod';

const Count = z.coerce.number().int().min(1);

export const ReportConfig = z.strictObject({
  timezone: z
    .string()
    .refine(isZone, { params: { message: 'must be a time zone by its IANA name, such as Europe/Berlin' } })
    .default('UTC')
    .describe('Time zone of days, weeks and months: an IANA name such as Europe/Berlin; UTC by default.'),
  keep: Count.max(10_000)
    .default(52)
    .describe('How many reports of each type are kept, with their files; 52 by default.'),
  site: z
    .string()
    .max(80)
    .regex(/^\P{Cc}*$/u)
    .default('')
    .describe('Name of the site, above each report and in the subject of its mail; none by default.'),
  disks: z
    .array(z.string().min(1).max(150))
    .max(10)
    .default(['.'])
    .describe('Folders whose disks a report includes; the working directory by default.'),
});

export type Config = z.output<typeof ReportConfig>;
