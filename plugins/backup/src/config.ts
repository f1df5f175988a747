// The configuration of the plugin: what is backed up, where it goes, and how it is kept.
import { z } from 'zod';
import { readServerUrl } from './engines/server-url.ts';

/** Names of parts become folders in the archive. `jobs` is the jobs' own database. */
export const PART_NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/;
export const OWN = 'jobs';

const Name = z.string().regex(PART_NAME);
const isDatabase = (text: string): boolean => /^sqlite:(?!:memory:).+$/.test(text) || readServerUrl(text) !== null;

const DatabaseUrl = z
  .string()
  .refine(isDatabase, {
    params: { message: 'must be sqlite:PATH, or mysql:// or postgresql:// and user:password@host:port/database' },
  })
  .meta({ secret: true });

const ServerUrl = z
  .string()
  .refine((text) => readServerUrl(text) !== null, {
    params: { message: 'must be mysql:// or postgresql:// and user:password@host:port/database' },
  })
  .meta({ secret: true });

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

/** Whether the checksum of an `age1...` is right (bech32), so that a typing error is found before the first backup. */
function isPublicKey(text: string): boolean {
  if (!/^age1[02-9ac-hj-np-z]{58}$/.test(text)) return false;
  const prefix = [...'age'].map((sign) => sign.charCodeAt(0));
  const values = [...prefix.map((code) => code >> 5), 0, ...prefix.map((code) => code & 31)];
  for (const sign of text.slice(4)) values.push(ALPHABET.indexOf(sign));
  const sum = values.reduce((before, value) => {
    const top = before >>> 25;
    const next = ((before & 0x1ffffff) << 5) ^ value;
    return FACTORS.reduce((all, factor, bit) => ((top >> bit) & 1 ? all ^ factor : all), next);
  }, 1);
  return sum === 1;
}
const FACTORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

const whole = (min: number, max: number, byDefault: number) =>
  z.coerce.number().int().min(min).max(max).default(byDefault);
const Keep = whole(0, 1_000, 0);

export const BackupConfig = z
  .strictObject({
    own: z.boolean().default(true).describe("Back up the jobs' own database, under the name jobs; on by default."),
    databases: z
      .record(Name, DatabaseUrl)
      .default({})
      .describe(
        'More databases, as name: URL, such as shop: mysql://user:password@host:3306/shop, cms: postgresql://user:password@host:5432/cms or old: sqlite:data/old.db.',
      ),
    verify: z
      .record(Name, ServerUrl)
      .default({})
      .describe(
        'Where copies of databases are restored to and compared, name to URL: another server, or a login that may only make databases for that.',
      ),
    files: z
      .record(Name, z.string().min(1))
      .default({})
      .describe('Folders to back up, as name: path, such as uploads: data/files.'),
    passphrase: z
      .string()
      .min(12)
      .max(1_000)
      .meta({ secret: true })
      .optional()
      .describe(
        'Encrypts the archives; at least 12 characters. They cannot be read without it, so keep a copy elsewhere.',
      ),
    recipients: z
      .array(z.string().refine(isPublicKey, { params: { message: 'must be a public key of age, such as age1...' } }))
      .max(20)
      .default([])
      .describe(
        'Encrypts the archives to these public keys of age instead, such as age1..., whose secret keys stay elsewhere; none by default.',
      ),
    identity: z
      .string()
      .min(1)
      .optional()
      .describe('File with a secret key of the recipients, which only verifying and restoring need.'),
    optional: z
      .array(z.string().min(1).max(500))
      .default([])
      .describe(
        'Parts that may be missing without failing the backup: names of databases and folders, or paths below them, such as uploads/cache.',
      ),
    keep: z
      .strictObject({
        daily: Keep.describe('For how many of the last days with verified backups to keep one; 0 by default.'),
        weekly: Keep.describe('The same for weeks, which start on Monday in UTC; 0 by default.'),
        monthly: Keep.describe('The same for months; 0 by default.'),
      })
      .optional()
      .describe(
        'Which verified backups of a type are kept, whatever the retention of the job says. If the job has no retention, all others are deleted.',
      ),
    keepIncomplete: whole(1, 1_000, 3).describe(
      'How many incomplete and damaged backups of a type are kept, the newest first; 3 by default.',
    ),
    minKeep: whole(1, 1_000, 1).describe('How many verified backups of a type are always kept; 1 by default.'),
    level: whole(1, 9, 6).describe('Compression level: 1 is fastest, 9 is smallest; 6 by default.'),
    minFree: whole(0, Number.MAX_SAFE_INTEGER, 50_000_000)
      .meta({ unit: 'bytes' })
      .describe('Bytes to leave free on the disk of the folder of the target; 50000000 (50 MB) by default.'),
  })
  .superRefine(({ databases }, check) => {
    if (OWN in databases)
      check.addIssue({ code: 'custom', path: ['databases'], params: { message: `may not have the name "${OWN}"` } });
  });

export type Config = z.output<typeof BackupConfig>;
