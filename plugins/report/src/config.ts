// What the operator sets.
import { z } from 'zod';
import { isZone } from './time/zone.ts';

const Count = z.coerce.number().int().min(1);

export const ReportConfig = z.strictObject({
  /** Whose days, weeks and months are meant: an IANA name. */
  timezone: z
    .string()
    .refine(isZone, { params: { message: 'must be a time zone by its IANA name, such as Europe/Berlin' } })
    .default('UTC'),
  /** Folder of the files; relative to the working directory. */
  folder: z.string().min(1).default('data/reports'),
  /** Reports of one type; older ones are removed. */
  keep: Count.max(10_000).default(52),
  /** Days after which figures are forgotten. */
  keepFigures: z.coerce.number().int().min(70).max(3_660).default(400),
  /** Name of the site: stands above each report and in the subject of its mail. */
  site: z
    .string()
    .max(80)
    .regex(/^\P{Cc}*$/u)
    .default(''),
  /** Folders whose disks a report tells of. */
  disks: z.array(z.string().min(1).max(150)).max(10).default(['.']),
  /** File of a font (TTF, OTF) for PDFs; the built-in one has Latin letters only. */
  pdfFont: z.string().min(1).optional(),
});

export type Config = z.output<typeof ReportConfig>;
