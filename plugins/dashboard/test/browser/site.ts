// The dashboard on a real server, with the script that its sources make.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { JobsOptions } from '@phraseworks/jobs';
import { openPostSite, type PostSite } from '../../../../test/browser/post-site.ts';

let built: Promise<unknown> | undefined;

function buildScript(): Promise<unknown> {
  const code = `import { make } from '${new URL('../../scripts/bundle.mjs', import.meta.url)}'; await make();`;
  built ??= promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  return built;
}

/** Stopped with the test. `folder` holds its database; without `port` it takes a free one. */
export async function openDashboard(folder: string, port = 0, options: JobsOptions = {}): Promise<PostSite> {
  await buildScript();
  return openPostSite(folder, port, { ...options, plugins: { dashboard: true, ...options.plugins } });
}
