// The configuration: the roots whose files may be removed, with their patterns, and how long lists are kept.
import { resolve } from 'node:path';
import { parseDuration } from '@phraseworks/sdk';
import { z } from 'zod';
import { patternProblem } from './patterns.ts';

const NOT_A_DURATION = "must be a duration such as '30 days', '12 hours' or '8 weeks'";

export const duration = z
  .string()
  .max(20)
  .refine((text) => parseDuration(text) !== null, { params: { message: NOT_A_DURATION } });

const pattern = z
  .string()
  .min(1)
  .max(500)
  .superRefine((text, context) => {
    const message = patternProblem(text);
    if (message) context.addIssue({ code: 'custom', params: { message } });
  });

const path = z
  .string()
  .min(1)
  .max(1_000)
  .refine((text) => !text.includes('\0'), { params: { message: 'must be the path of a folder' } });

const Root = z.strictObject({
  path: path.describe('A folder, such as data/tmp; a relative path counts from the working directory.'),
  patterns: z
    .array(pattern)
    .min(1)
    .max(50)
    .refine((list) => list.some((text) => !text.startsWith('!') || text.startsWith('!(')), {
      params: { message: 'must have a pattern that does not begin with !' },
    })
    .default(['**'])
    .describe(
      'Globs of files, relative to the folder, such as **/*.tmp; a leading ! excludes. By default, all files except hidden ones.',
    ),
  olderThan: duration
    .optional()
    .describe('Never remove files younger than this, such as 7 days, whatever the job says; no limit by default.'),
  kind: z.enum(['temp', 'logs']).describe('Which action cleans it: temp for temp_files, logs for remove_old_logs.'),
  links: z
    .boolean()
    .default(false)
    .describe('Also remove matching symbolic links, but never their targets; off by default.'),
});

export const CleanupConfig = z.strictObject({
  roots: z
    .array(Root)
    .max(100)
    .superRefine((roots, context) => {
      const seen = new Set<string>();
      for (const [index, root] of roots.entries()) {
        const key = `${root.kind} ${resolve(root.path)}`;
        if (seen.has(key))
          context.addIssue({
            code: 'custom',
            path: [index, 'path'],
            params: { message: 'is named twice for the same kind' },
          });
        seen.add(key);
      }
    })
    .default([
      { path: './data/tmp', patterns: ['**'], kind: 'temp', links: false },
      { path: './data/logs', patterns: ['**/*.log', '**/*.log.*'], kind: 'logs', links: false },
    ])
    .describe('Folders in which files may be removed; data/tmp and the logs in data/logs by default.'),
  batch: z
    .int()
    .min(1)
    .max(500)
    .default(500)
    .describe('Items that are removed or listed in one batch; 500 by default, which is also the maximum.'),
  keepLists: z.int().min(1).max(365).default(7).describe('Days to keep the lists of dry runs; 7 by default.'),
});

export type CleanupConfig = z.output<typeof CleanupConfig>;
export type RootConfig = CleanupConfig['roots'][number];
