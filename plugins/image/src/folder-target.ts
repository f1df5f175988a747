// Results in the folder of the configuration.
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFailure } from './failure.ts';
import { plainKey } from './output-path.ts';
import { exists, saveAll } from './save.ts';
import type { Target, TargetTools } from './target.ts';

/** All files of a job are kept or, when one is refused, none. */
export function folderTarget(root: string, { outputs, clock }: TargetTools): Target {
  return {
    async check(outputPath, { overwrite, original }, job) {
      const path = plainKey(outputPath);
      const file = join(root, path);
      const own = original !== null && (await realpath(file).catch(() => null)) === original;
      await outputs.check({
        path,
        jobId: job.id,
        overwrite: overwrite || own,
        exists: !own && (await exists(file)),
        now: clock.now(),
      });
    },
    async keep(files, terms, job) {
      try {
        await saveAll(files, job.id, { root, outputs, signal: job.signal, ...terms });
      } catch (error) {
        throw writeFailure(error);
      }
    },
  };
}
