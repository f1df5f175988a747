// The data and results of this plugin's jobs, and the schemas that check the data.
import { parseDuration } from '@phraseworks/sdk';
import { z } from 'zod';
import type { Config } from './config.ts';
import { type BackupType, type Facts, TYPES } from './manifest.ts';
import { isBackupId } from './names.ts';

export interface BackupData {
  type: BackupType;
  /** `'30 days'`, `'12 weeks'`: older backups of this type are deleted once the new one is verified. By default the config key `keep` decides. */
  retention?: string | undefined;
}

/** How far a backup can be trusted, and what is in it. */
export interface Trust extends Facts {
  /** `verified`: read again and complete. `incomplete`: `missing` lists what it lacks. */
  state: 'verified' | 'incomplete' | 'unverified';
  /** `state` is `verified`. */
  verified: boolean;
  /** ISO 8601 in UTC: when its databases were last restored and compared; null: never. */
  restoreTested: string | null;
  /** Why it is not verified. */
  reason?: string;
}

export interface BackupResult extends Trust {
  id: string;
  file: string;
  bytes: number;
  /** Over all tables of all databases. */
  rows: number;
  /** Of the folders. */
  files: number;
  /** Of the archive. */
  sha256: string;
  target: string;
  /** Files of older backups that retention removed. */
  deleted: string[];
  /** Milliseconds. */
  durationMs: number;
}

export interface BackupId {
  /** As `GET /backups` and `phraseworks-jobs backups` list it. */
  id: string;
}

export interface CheckResult extends BackupId, Trust {
  file: string;
  /** This site made it, and its SHA-256 is still the one recorded then. False: only the archive's own manifest vouches for it. */
  recorded: boolean;
  rows: number;
  files: number;
  durationMs: number;
}

export interface RestoreResult extends BackupId {
  file: string;
  /** As in `CheckResult`. */
  recorded: boolean;
  /** Where each part was restored to. */
  restored: {
    part: string;
    to: string;
    rows?: number;
    files?: number;
    /** Where the previous data was moved. */
    kept?: string[];
  }[];
  durationMs: number;
}

declare module '@phraseworks/sdk' {
  interface JobTypes {
    backup: { data: BackupData; result: BackupResult };
    backup_verify: { data: BackupId; result: CheckResult };
    backup_restore: { data: BackupId; result: RestoreResult };
  }
}

const NOT_A_DURATION = "must be a whole number and a unit from second to week, such as '30 days' or '12 weeks'";

/** The schema of a backup's data, for the sources in the config. */
export function backupData(config: Config) {
  return z
    .strictObject({
      type: z
        .enum(TYPES)
        .describe(
          'What to back up: database for all databases of the config, files for all its folders, full for both.',
        ),
      retention: z
        .string()
        .refine((text) => parseDuration(text) !== null, { params: { message: NOT_A_DURATION } })
        .optional()
        .describe(
          'Age from which backups of this type are deleted once the new one is verified, such as 30 days or 12 weeks; if omitted, keep in the config decides.',
        ),
    })
    .superRefine(({ type }, check) => {
      if (type === 'files' && Object.keys(config.files).length === 0)
        check.addIssue({
          code: 'custom',
          path: ['type'],
          params: { message: 'needs folders in the config key files' },
        });
    });
}

export const idData = z.strictObject({
  id: z
    .string()
    .refine(isBackupId, { params: { message: 'must be the id of a backup: 10 hex digits' } })
    .describe('ID of a backup, as shown in the list of backups, such as 1f0c9a7b3e.'),
});

/** The one line a list shows. */
export const summary = ({ type, retention }: BackupData): string =>
  retention === undefined ? type : `${type}, kept ${retention}`;

export const example: BackupData = { type: 'database', retention: '30 days' };
