// The settings: where files are kept, and the limits of uploads.
import { JobsError, type StorageTarget } from '@phraseworks/sdk';
import { z } from 'zod';

const wrong = (message: string) => ({ params: { message } });

const isEndpoint = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username + password + search + hash === '';
};

const BucketSchema = z.strictObject({
  endpoint: z
    .string()
    .refine(isEndpoint, wrong('must be an http or https URL without a login'))
    .describe('URL without the bucket, such as https://s3.eu-central-1.amazonaws.com.'),
  bucket: z
    .string()
    .refine((text) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text), wrong('must be the name of a bucket'))
    .describe('Name of the bucket, which must exist.'),
  prefix: z
    .string()
    .max(200)
    .refine(
      (text) => /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*$/.test(text),
      wrong('must be empty or plain folders that end with /'),
    )
    .optional()
    .describe('Prefix of every key: empty, or a path that ends with /.'),
  region: z.string().min(1).max(60).optional().describe("The server's name for its region; us-east-1 by default."),
  accessKeyId: z.string().min(1).max(200).describe('Access key with the rights that the files need.'),
  secretAccessKey: z.string().min(1).max(500).meta({ secret: true }).describe('Secret of that key.'),
  retries: z
    .number()
    .int()
    .min(0)
    .max(10)
    .optional()
    .describe('Repeats of a request answered with 5xx or 429; 3 by default.'),
});

const TargetSchema = z.strictObject({
  folder: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of the files, data/<name> by default; with s3, for files in transit and copies.'),
  s3: BucketSchema.optional().describe('A bucket instead of a folder.'),
});

const UploadsSchema = z.strictObject({
  maxBytes: z
    .number()
    .int()
    .min(1)
    .max(10_737_418_240)
    .default(20_971_520)
    .meta({ unit: 'bytes', title: 'Max file size' })
    .describe('Size of one file.'),
  maxJobBytes: z
    .number()
    .int()
    .min(1)
    .max(107_374_182_400)
    .default(104_857_600)
    .meta({ unit: 'bytes', title: 'Max size per job' })
    .describe('Size of all files of one job.'),
  maxTotalBytes: z
    .number()
    .int()
    .min(1)
    .max(1_099_511_627_776_000)
    .default(5_368_709_120)
    .meta({ unit: 'bytes', title: 'Max total size' })
    .describe('Size of all stored files.'),
});

export const FilesConfig = z.strictObject({
  storage: z
    .record(z.string().regex(/^[a-z0-9-]{1,50}$/), TargetSchema)
    .default({})
    .describe('Where files are kept: targets by the names that plugins use, each a folder or a bucket.'),
  uploads: UploadsSchema.prefault({}).describe('Limits of the files that come with jobs.'),
});
export type FilesConfig = z.output<typeof FilesConfig>;

/** Checks a target from the config of another plugin. Throws `INVALID_CONFIG`. */
export function readTarget(name: string, target: StorageTarget): StorageTarget {
  const parsed = TargetSchema.safeParse(target);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({
    path: ['storage', name, ...issue.path].join('.'),
    message: mistakeIn(issue),
  }));
  const list = errors.map(({ path, message }) => `  ${path} ${message}`).join('\n');
  throw new JobsError('INVALID_CONFIG', `Invalid configuration:\n${list}`, { errors });
}

/** Never repeats a value. */
function mistakeIn(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  if (issue.code === 'unrecognized_keys') return 'has an unknown key';
  const { message } = (issue.code === 'custom' && issue.params) || {};
  return typeof message === 'string' ? message : 'is not valid';
}
