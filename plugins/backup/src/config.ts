// The configuration of the plugin: what is backed up, where it goes, and how it is kept.
import { z } from 'zod';
import { readServerUrl } from './server-url.ts';

/** Names of parts become folders in the archive. `jobs` is the jobs' own database. */
export const PART_NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/;
export const OWN = 'jobs';

const Name = z.string().regex(PART_NAME);
const isDatabase = (text: string): boolean => /^sqlite:(?!:memory:).+$/.test(text) || readServerUrl(text) !== null;

const DatabaseUrl = z
  .string()
  .refine(isDatabase, { params: { message: 'must be sqlite:PATH or mysql://user:password@host:port/database' } })
  .meta({ secret: true });

const isEndpoint = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username + password + search + hash === '';
};

const S3 = z.strictObject({
  /** Without the bucket: `https://s3.eu-central-1.amazonaws.com`, `https://minio.example.com:9000`. */
  endpoint: z.string().refine(isEndpoint, { params: { message: 'must be an http or https URL without a login' } }),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
  /** Of the keys; ends with a slash to look like a folder. */
  prefix: z
    .string()
    .max(200)
    .regex(/^(?:[A-Za-z0-9][A-Za-z0-9_-]*\/)*$/)
    .default(''),
  region: z
    .string()
    .regex(/^[a-z0-9-]{2,40}$/)
    .default('us-east-1'),
  accessKeyId: z.string().min(1).max(200),
  secretAccessKey: z.string().min(1).max(500).meta({ secret: true }),
  /** The archive stays in `folder`, too. */
  keepLocal: z.boolean().default(false),
  /** After an upload the object is read again and its SHA-256 compared. */
  readBack: z.boolean().default(true),
});

export const BackupConfig = z
  .strictObject({
    /** Holds the archives, and the work of a running backup; with `s3` only the work. Relative to the working directory. */
    folder: z.string().min(1).default('./data/backups'),
    /** The jobs' own database is backed up. */
    own: z.boolean().default(true),
    /** Further databases, name to URL: `sqlite:PATH` or `mysql://...`. */
    databases: z.record(Name, DatabaseUrl).default({}),
    /** Folders, name to path: `{ uploads: 'data/files' }`. */
    files: z.record(Name, z.string().min(1)).default({}),
    /** When it is set, archives are encrypted. Without it nobody can read them again. */
    passphrase: z.string().min(12).max(1_000).meta({ secret: true }).optional(),
    /** Verified backups of a type that no retention goes below. */
    minKeep: z.coerce.number().int().min(1).max(1_000).default(1),
    /** Of gzip. */
    level: z.coerce.number().int().min(1).max(9).default(6),
    /** How MySQL and MariaDB are dumped: `auto` takes `mariadb-dump` or `mysqldump` where it is, else our own. */
    dump: z.enum(['auto', 'program', 'own']).default('auto'),
    /** Bytes that stay free on the disk of `folder`. */
    minFree: z.coerce.number().int().min(0).default(50_000_000),
    s3: S3.optional(),
  })
  .superRefine(({ databases }, check) => {
    if (OWN in databases)
      check.addIssue({ code: 'custom', path: ['databases'], params: { message: `may not have the name "${OWN}"` } });
  });

export type Config = z.output<typeof BackupConfig>;
export type S3Config = NonNullable<Config['s3']>;
